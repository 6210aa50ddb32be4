// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

/// What a seller reads of its price lists.
@Suite(.timeLimit(.minutes(5))) struct ListPriceListsTests {
    @Test func listsPageByPage() async throws {
        try await PriceListFixture.with { shop in
            var ids: [String] = []
            for _ in 0..<3 { ids.insert(try await PriceListFixture.list(shop), at: 0) }
            let first = try await shop.get("sellers/price-lists/?limit=2")
            #expect(try first.json["data"]?.elements?.compactMap { $0["id"]?.string } == Array(ids.prefix(2)))
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("sellers/price-lists/?limit=2&cursor=\(cursor)")
            #expect(try second.json["data"]?.elements?.compactMap { $0["id"]?.string } == [ids[2]])
            let others = try await shop.get("sellers/price-lists/?limit=2&cursor=\(cursor)", by: 102)
            #expect(others.code == "invalid-cursor")
        }
    }

    @Test(
        "who may",
        arguments: [
            (nil, 401, "token-missing"), (1, 403, "forbidden"), (90, 403, "forbidden"), (110, 403, "forbidden"),
        ])
    func permissions(user: Int64?, status: Int, code: String) async throws {
        try await PriceListFixture.with { shop in
            for path in ["sellers/price-lists/", "sellers/price-lists/detail/?id=plt_0000000000001"] {
                let answer = try await shop.get(path, by: user)
                #expect(answer.status == status && answer.code == code)
            }
        }
    }

    @Test func whatIsNotTheSellersDoesNotExist() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            let read = try await shop.get("sellers/price-lists/detail/?id=\(id)", by: 102)
            #expect(read.code == "not-found")
            let missing = try await shop.get("sellers/price-lists/detail/")
            #expect(missing.code == "validation-failed")
            let unknown = try await shop.get("sellers/price-lists/detail/?id=plt_x")
            #expect(unknown.code == "not-found")
        }
    }
}
