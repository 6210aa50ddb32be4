// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Every call to the sandbox and every webhook it sent, in the order in which they were answered; the oldest go first.
struct CallLog: Sendable {
    enum Kind: String, Sendable {
        /// A call of the merchant.
        case api
        /// A call of whoever plays payer and bank.
        case control
        /// A call of ours to the merchant.
        case webhook
    }

    /// What a webhook call was about.
    struct Event: Sendable {
        let id: String
        let name: String
        /// Counted from 1.
        let attempt: Int
    }

    struct Entry: Sendable {
        var kind: Kind
        /// Milliseconds since 1970 by the sandbox's clock.
        var time: Int64
        var method: String
        /// The path, or the webhook's address.
        var target: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// nil: there was no answer.
        var status: Int?
        var answer: [UInt8] = []
        /// Why there was none, or which fault befell the call.
        var note: String?
        var event: Event?

        fileprivate var octets: Int {
            256 + target.utf8.count + body.count + answer.count
                + (headers + query).reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        }
    }

    private let limits: SandboxLimits
    /// A ring: `first` is the place of the oldest once it is full.
    private var entries: [Entry] = []
    private var first = 0
    private var octets = 0
    /// The number of the newest entry; they count from 1.
    private(set) var last: Int64 = 0

    init(limits: SandboxLimits) {
        self.limits = limits
    }

    /// The fields of a call as they are logged: of credentials the scheme alone.
    static func withoutCredentials(_ lines: [(name: String, value: String)]) -> [(name: String, value: String)] {
        lines.map { line in
            let name = line.name.lowercased()
            guard name == "authorization" else { return (name: name, value: line.value) }
            return (name: name, value: line.value.prefix { $0 != " " } + " (left out)")
        }
    }

    mutating func append(_ entry: Entry) {
        last += 1
        octets += entry.octets
        entries.append(entry)
        while entries.count - first > limits.logEntries || (octets > limits.logBytes && entries.count - first > 1) {
            octets -= entries[first].octets
            entries[first].body = []
            entries[first].answer = []
            entries[first].headers = []
            first += 1
        }
        // Moving all once in a while is cheaper than moving all every time.
        if first > 1024, first * 2 > entries.count {
            entries.removeFirst(first)
            first = 0
        }
    }

    /// Writes what came after `number`, at most a page: `next` is the number to go on from.
    func write(since number: Int64, to json: inout JSONWriter) {
        let number = min(number, last)
        let oldest = last - Int64(entries.count - first) + 1
        let from = max(number + 1, oldest)
        let to = min(last, from + Int64(limits.logPage) - 1)
        json.object { json in
            json.field("next", max(to, number))
            json.field("forgotten", max(0, oldest - 1 - max(number, 0)))
            json.array("entries") { json in
                guard from <= to else { return }
                for number in from...to {
                    write(entries[entries.count - 1 - Int(last - number)], number, to: &json)
                }
            }
        }
    }

    private func write(_ entry: Entry, _ number: Int64, to json: inout JSONWriter) {
        json.object { json in
            json.field("number", number)
            json.field("kind", entry.kind.rawValue)
            json.field("time_ms", entry.time)
            json.field("method", entry.method)
            json.field("target", entry.target)
            json.object("query") { json in Self.writeLists(entry.query, to: &json) }
            json.object("headers") { json in Self.writeLists(entry.headers, to: &json) }
            writeText("body", "body_truncated", entry.body, to: &json)
            json.field("status", entry.status)
            writeText("answer", "answer_truncated", entry.answer, to: &json)
            json.field("note", entry.note)
            if let event = entry.event {
                json.field("event_id", event.id)
                json.field("event", event.name)
                json.field("attempt", event.attempt)
            }
        }
    }

    private func writeText(
        _ name: StaticString, _ mark: StaticString, _ octets: [UInt8], to json: inout JSONWriter
    ) {
        json.field(name, String(decoding: octets.prefix(limits.logBodyBytes), as: UTF8.self))
        if octets.count > limits.logBodyBytes { json.field(mark, true) }
    }

    /// Each name once, with all its values in order.
    private static func writeLists(_ pairs: [(name: String, value: String)], to json: inout JSONWriter) {
        var names: [String] = []
        for pair in pairs where !names.contains(pair.name) { names.append(pair.name) }
        for name in names {
            json.key(dynamic: name)
            json.value(pairs.filter { $0.name == name }.map(\.value))
        }
    }
}
