// SPDX-License-Identifier: Apache-2.0

/// How much of a list is wanted, and from where.
public struct PageRequest: Hashable, Sendable {
    /// How many items a page may have.
    public static let limitRange = 1...100
    /// How many items a page has when nothing is said.
    public static let limitDefault = 20

    /// The most items wanted, within ``limitRange``.
    public let limit: Int
    /// Where the page before ended; nil for the first page.
    public let after: PageCursor?

    /// Makes a request; nil when `limit` is out of range.
    public init?(limit: Int = limitDefault, after: PageCursor? = nil) {
        guard Self.limitRange.contains(limit) else { return nil }
        self.limit = limit
        self.after = after
    }
}

/// A page of a list.
public struct Page<Item: Sendable>: Sendable {
    /// At most as many items as the request's limit.
    public let items: [Item]
    /// How many items were asked for.
    public let limit: Int
    /// Where the next page begins; nil at the end of the list.
    public let next: PageCursor?

    /// Makes a page of rows fetched with one more than the limit, which tells whether there are more.
    ///
    /// - Parameter cursor: the position of a row in the list's order.
    public init(rows: [Item], limit: Int, cursor: (Item) -> PageCursor) {
        items = Array(rows.prefix(limit))
        self.limit = limit
        next = rows.count > limit ? items.last.map(cursor) : nil
    }

    private init(items: [Item], limit: Int, next: PageCursor?) {
        self.items = items
        self.limit = limit
        self.next = next
    }

    /// The same page with its items turned into something else.
    public func map<Other>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), limit: limit, next: next)
    }
}
