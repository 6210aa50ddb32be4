// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// What the sandbox did and was asked, as far as it remembers.
struct ProviderLog: Sendable {
    /// Events that were answered 2xx at least once.
    private(set) var acknowledged: Set<String> = []
    private var sent: Set<String> = []
    /// Of the orders it made.
    private(set) var receipts: [String] = []
    /// How often a call had its effect, by method and path.
    private(set) var done: [String: Int] = [:]
    /// The ids of the events of each name.
    private(set) var events: [String: Set<String>] = [:]
    /// All events with their bodies, in the order in which they were sent first, or were kept back.
    private(set) var mail: [(id: String, name: String, body: String)] = []
    private(set) var last: Int64 = 0

    /// Events that nobody has acknowledged.
    var undelivered: Set<String> { sent.subtracting(acknowledged) }

    /// Reads all of it.
    init(_ shop: CrashShop) async throws {
        try await readOn(in: shop)
    }

    /// Reads what has come since.
    mutating func readOn(in shop: CrashShop) async throws {
        while true {
            let page = try await shop.control("GET", "/control/log?since=\(last)").json
            let next = page["next"]?.int64 ?? last
            for entry in page["entries"]?.elements ?? [] { try add(entry) }
            guard next > last else { return }
            last = next
        }
    }

    private mutating func add(_ entry: JSONValue) throws {
        let isDone = (200...299).contains(entry["status"]?.int ?? 0)
        if let event = entry["event_id"]?.string {
            let name = try #require(entry["event"]?.string)
            if sent.insert(event).inserted { mail.append((event, name, try #require(entry["body"]?.string))) }
            events[name, default: []].insert(event)
            if isDone { acknowledged.insert(event) }
            return
        }
        guard isDone, entry["kind"]?.string == "api", let method = entry["method"]?.string,
            let target = entry["target"]?.string
        else { return }
        done["\(method) \(target)", default: 0] += 1
        if method == "POST", target == "/v1/orders", let body = entry["body"]?.string {
            receipts.append(try #require(try JSONDocument(parsing: Array(body.utf8)).root["receipt"]?.string))
        }
    }
}
