// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct PageCursorTests {
    @Test(
        "comes back from its payload",
        arguments: [
            PageCursor([]), PageCursor([.number(0)]), PageCursor([.number(-1), .number(.max)]),
            PageCursor([.text("Žluťoučký"), .number(42)]),
            PageCursor([.text(""), .text("a"), .text("b"), .number(.min)]),
        ])
    func roundTrip(cursor: PageCursor) {
        #expect(PageCursor(payload: cursor.payload) == cursor)
    }

    @Test(
        "refuses other bytes",
        arguments: [
            [], [1], [1, 0, 0], [1, 1, 0, 2, 97], [1, 2], [0, 0], [5, 0], [1, 1, 0xFF, 0xFF, 97], [1, 1, 0, 1, 0xFF],
        ] as [[UInt8]])
    func refuses(payload: [UInt8]) {
        #expect(PageCursor(payload: payload) == nil)
    }

    @Test func pagesKnowWhetherThereIsMore() {
        let position: (Int) -> PageCursor = { PageCursor([.number(Int64($0))]) }
        let full = Page(rows: [1, 2, 3], limit: 2, cursor: position)
        #expect(full.items == [1, 2])
        #expect(full.next == PageCursor([.number(2)]))
        let last = Page(rows: [1, 2], limit: 2, cursor: position)
        #expect(last.items == [1, 2])
        #expect(last.next == nil)
        #expect(Page(rows: [], limit: 2, cursor: position).next == nil)
        #expect(full.map(String.init).items == ["1", "2"])
        #expect(full.map(String.init).next == full.next)
    }

    @Test("limits have a range", arguments: [(0, false), (1, true), (100, true), (101, false)])
    func limits(limit: Int, isValid: Bool) {
        #expect((PageRequest(limit: limit) != nil) == isValid)
    }
}
