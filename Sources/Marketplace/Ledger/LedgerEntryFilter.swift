// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Which entries a list holds.
struct LedgerEntryFilter: Sendable {
    var account: LedgerAccount?
    var kind: String?
    var order: OrderID?
    /// Not before.
    var from: Timestamp?
    /// Before.
    var to: Timestamp?

    static let parameters = ["account", "kind", "order_id", "created_from", "created_to"]
    /// The longest name of a kind.
    static let kindLength = 1...60

    /// Reads the query's filters.
    ///
    /// - Throws: `Problem` 400 for a repeated parameter, 422 for a value that is none, 404 for an id of the wrong form.
    static func read(_ query: QueryItems) throws -> LedgerEntryFilter {
        var filter = LedgerEntryFilter()
        filter.account = try query.single("account", expected: "an account of the ledger") { LedgerAccount($0) }
        filter.kind = try query.single("kind", expected: "the kind of an entry") { text in
            kindLength.contains(text.utf8.count) && text.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) }
                ? text : nil
        }
        if let text = try query.single("order_id") {
            guard let id = OrderID(text) else { throw Problem(.notFound) }
            filter.order = id
        }
        filter.from = try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.to = try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        return filter
    }

    /// The list that cursors are bound to.
    var identity: ListIdentity {
        var filters: [(name: String, value: String)] = []
        if let account { filters.append(("account", account.stored)) }
        if let kind { filters.append(("kind", kind)) }
        if let order { filters.append(("order_id", "\(order)")) }
        if let from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to { filters.append(("created_to", "\(to.microseconds)")) }
        return ListIdentity(route: ListLedgerEntries.path, sort: "-created_at", filters: filters)
    }

    /// Ids that entries of this time may have. An id is made before its transaction begins, so a little earlier; a day is beyond
    /// whatever a batch waited for.
    var ids: ClosedRange<Int64> {
        let day: Int64 = 86_400_000
        func id(_ moment: Timestamp, _ slack: Int64) -> Int64 {
            let time = max(0, min(moment.milliseconds, Self.latest) - IDLayout.epochMilliseconds + slack)
            return time << IDLayout.timeShift
        }
        let low = from.map { id($0, -day) } ?? .min
        return low...max(low, to.map { id($0, day) } ?? .max)
    }

    /// Ids last until 2093.
    private static let latest: Int64 = 3_900_000_000_000
}
