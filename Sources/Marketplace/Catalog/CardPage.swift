// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Writes a page of product cards, never longer than it may be.
struct CardPage<Item> {
    var items: [Item]
    let limit: Int
    var count: BoundedCount?
    /// Writes one item, a whole JSON object.
    let write: (Item) -> [UInt8]
    /// The cursor that goes on behind an item.
    let cursor: (Item) -> String

    /// The answer's body. What else belongs to it is written by `more`, behind the page.
    func body(_ more: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        var json = JSONWriter(capacity: 512 + min(items.count, limit) * 640)
        var last: Item?
        var shown = 0
        var length = 0
        json.object { json in
            json.array("data") { json in
                for item in items.prefix(limit) {
                    let bytes = write(item)
                    length += bytes.count + 1
                    // At least one item, or a list could never be read to its end.
                    if shown > 0, length > CardPages.byteCountMax { break }
                    json.raw(bytes)
                    shown += 1
                    last = item
                }
            }
            let next = shown < items.count ? last.map(cursor) : nil
            json.object("page") { json in
                json.field("limit", limit)
                json.field("next_cursor", next)
                json.field("has_more", next != nil)
                if let count {
                    json.field("count", count.value)
                    if count.isEstimate { json.field("count_is_estimate", true) }
                }
            }
            more(&json)
        }
        return json.bytes
    }
}

/// What pages of cards have in common.
enum CardPages {
    /// The items of a page, of 100 kB at most: the rest is room for the page's own members, the longest cursor included. A page
    /// that would be longer ends early, and its cursor goes on where it ended.
    static let byteCountMax = 99_000

    /// The key and id of the item that a cursor stands behind.
    static func position(_ cursor: PageCursor) throws -> (key: Int64, id: ProductID) {
        let (key, id) = try cursor.twoNumbers()
        return (key, ProductID(rawValue: id))
    }

    /// The order that a request asks for.
    static func sort(_ query: CatalogQuery) throws -> ProductSort {
        try query.word("sort", of: ProductSort.allCases.map(\.rawValue)).flatMap(ProductSort.init(rawValue:)) ?? .newest
    }

    /// Whether a request asks how many there are.
    static func wantsCount(_ query: CatalogQuery) throws -> Bool {
        try query.word("include", of: ["count"]) != nil
    }

    /// The page that a request asks for, whose parameters stand once.
    static func page(
        _ request: RequestContext, _ query: CatalogQuery, in list: ListIdentity, _ cursors: CursorCodec
    ) throws -> PageRequest {
        for name in Pages.parameters { _ = try query.text(name) }
        return try Pages(cursors: cursors).request(request, in: list)
    }
}
