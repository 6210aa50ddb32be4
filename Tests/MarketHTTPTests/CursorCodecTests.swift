// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP
import Testing

@Suite struct CursorCodecTests {
    private let cursor = PageCursor([.number(1_764_000_000_000_000), .number(77)])

    private func codec(_ byte: UInt8 = 1) throws -> CursorCodec {
        CursorCodec(secret: try #require(SecretKey([UInt8](repeating: byte, count: 32))))
    }

    private func list(
        _ route: String = "/api/orders/list/", _ sort: String = "-created_at",
        _ filters: [(name: String, value: String)] = []
    ) -> ListIdentity {
        ListIdentity(route: route, sort: sort, filters: filters)
    }

    @Test func opensInItsOwnListOnly() throws {
        let codec = try codec()
        let text = codec.encode(cursor, in: list())
        #expect(codec.decode(text, in: list()) == cursor)
        #expect(codec.decode(text, in: list("/api/products/list/")) == nil)
        #expect(codec.decode(text, in: list("/api/orders/list/", "created_at")) == nil)
        #expect(codec.decode(text, in: list("/api/orders/list/", "-created_at", [("status", "paid")])) == nil)
        #expect(try self.codec(2).decode(text, in: list()) == nil)
    }

    @Test func theOrderOfFiltersDoesNotMatter() throws {
        let codec = try codec()
        let text = codec.encode(cursor, in: list("/l/", "id", [("a", "1"), ("b", "2")]))
        #expect(codec.decode(text, in: list("/l/", "id", [("b", "2"), ("a", "1")])) == cursor)
        #expect(codec.decode(text, in: list("/l/", "id", [("a", "2"), ("b", "1")])) == nil)
    }

    @Test func refusesEveryChangedCharacter() throws {
        let codec = try codec()
        let characters = Array(codec.encode(cursor, in: list()).utf8)
        for index in characters.indices {
            var changed = characters
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(codec.decode(String(decoding: changed, as: UTF8.self), in: list()) == nil, "character \(index)")
        }
        for text in ["", "AAAA", String(repeating: "A", count: 5000), "not base64!"] {
            #expect(codec.decode(text, in: list()) == nil)
        }
    }
}
