// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore

/// Reads and writes the pages of lists as HTTP has them.
public struct Pages: Sendable {
    /// The query parameters that every list knows.
    public static let parameters = ["limit", "cursor"]

    /// The same of a list whose order may be named, also where it has one alone.
    public static let parametersAndSort = parameters + ["sort"]

    /// Whether a list that is sorted by creation is to begin with the oldest.
    ///
    /// - Throws: `Problem` 422 `validation-failed` for any order but `created_at` and `-created_at`, which it has unless one is named.
    public static func isOldestFirst(_ query: QueryItems) throws -> Bool {
        try query.single("sort", expected: "created_at or -created_at") { text in
            ["created_at": true, "-created_at": false][text]
        } ?? false
    }

    private let cursors: CursorCodec

    /// Makes pages with signed cursors.
    public init(cursors: CursorCodec) {
        self.cursors = cursors
    }

    /// What page a request asks for.
    ///
    /// - Parameter isOrderRead: whether the caller has read `sort`, which has several names for one order.
    /// - Throws: `Problem` 400 `malformed-request` for a limit outside 1…100, `invalid-cursor` for one of another list; 422
    ///   `validation-failed` for another order than the list's.
    public func request(
        _ request: RequestContext, in list: ListIdentity, isOrderRead: Bool = false
    ) throws -> PageRequest {
        if !isOrderRead { _ = try request.query.single("sort", expected: list.sort) { $0 == list.sort ? $0 : nil } }
        var limit = PageRequest.limitDefault
        if let text = request.query["limit"] {
            guard let number = Int(text), PageRequest.limitRange.contains(number) else {
                throw Problem(.malformedRequest, detail: "limit is not a number from 1 to 100.")
            }
            limit = number
        }
        var after: PageCursor?
        if let text = request.query["cursor"] {
            guard let cursor = cursors.decode(text, in: list) else {
                throw Problem(.invalidCursor, detail: "The cursor was not issued for this list with these filters.")
            }
            after = cursor
        }
        guard let page = PageRequest(limit: limit, after: after) else { throw Problem(.malformedRequest) }
        return page
    }

    /// The answer of a page: `{"data":[…],"page":{"limit":20,"next_cursor":…,"has_more":…}}`.
    ///
    /// - Parameter more: writes members beside these.
    public func response<Item: Sendable>(
        _ page: Page<Item>, in list: ListIdentity, headers: [HTTPHeader] = [],
        _ write: (Item, inout JSONWriter) -> Void, more: (inout JSONWriter) -> Void = { _ in }
    ) -> HTTPResponse {
        var json = JSONWriter(capacity: 256 + page.items.count * 256)
        json.object { json in
            json.array("data") { json in
                for item in page.items { write(item, &json) }
            }
            json.object("page") { json in
                json.field("limit", page.limit)
                json.field("next_cursor", page.next.map { cursors.encode($0, in: list) })
                json.field("has_more", page.next != nil)
            }
            more(&json)
        }
        return HTTPResponse(.ok, headers: headers, body: json.bytes)
    }

    /// The answer of a page of items that write themselves.
    public func response<Item: JSONWritable & Sendable>(
        _ page: Page<Item>, in list: ListIdentity, headers: [HTTPHeader] = []
    ) -> HTTPResponse {
        response(page, in: list, headers: headers) { $0.write(to: &$1) }
    }
}

extension PageCursor {
    /// The keys of a list that is sorted by a number and an id.
    ///
    /// - Throws: `Problem` 400 `invalid-cursor` for any other keys.
    public func twoNumbers() throws -> (Int64, Int64) {
        guard keys.count == 2, case .number(let first) = keys[0], case .number(let second) = keys[1] else {
            throw Problem(.invalidCursor)
        }
        return (first, second)
    }
}
