// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ListReviewsToModerateTests {
    private static let path = "/api/admin/reviews/"

    private func users(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.compactMap { $0["user_id"]?.string } ?? []
    }

    @Test func showsWhatWaitsLongestFirst() async throws {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2004 {
                _ = try await fixture.created(buyer, extra: buyer % 2 == 0 ? #","text":"www.x""# : "")
            }
            func name(_ user: Int64) -> String { UserID(rawValue: user).description }
            let waiting = try await fixture.call("GET", Self.path + "?status=pending", as: 2200)
            #expect(try users(waiting) == [name(2002), name(2004)])
            let newest = try await fixture.call("GET", Self.path + "?sort=-created_at&limit=3", as: 2200)
            #expect(try users(newest) == [name(2004), name(2003), name(2002)])
            let cursor = try #require(try newest.json["page"]?["next_cursor"]?.string)
            let rest = try await fixture.call("GET", Self.path + "?sort=-created_at&limit=3&cursor=\(cursor)", as: 2200)
            #expect(try users(rest) == [name(2001)])
            let product = try await fixture.call("GET", Self.path + "?product_id=\(ProductID(rawValue: 42))", as: 2200)
            #expect(try users(product) == [])
            let seller = try await fixture.call(
                "GET", Self.path + "?seller_id=\(ReviewsFixture.seller)&status=published", as: 2200)
            #expect(try users(seller) == [name(2001), name(2003)])
            let reported = try await fixture.call("GET", Self.path + "?reported=true", as: 2200)
            #expect(try users(reported) == [])
        }
    }

    @Test func onlyAdminsAndOnlyWhatIsAList() async throws {
        try await ReviewsFixture.with { fixture in
            #expect(try await fixture.call("GET", Self.path, as: 2001).code == "forbidden")
            #expect(try await fixture.call("GET", Self.path, as: 2100).code == "forbidden")
            #expect(try await fixture.call("GET", Self.path).code == "token-missing")
            for (query, code) in [
                ("status=gone", "validation-failed"), ("reported=1", "validation-failed"),
                ("sort=x", "validation-failed"),
                ("product_id=x", "not-found"), ("seller_id=x", "not-found"), ("cursor=x", "invalid-cursor"),
                ("nope=1", "unknown-parameter"),
            ] {
                let answer = try await fixture.call("GET", "\(Self.path)?\(query)", as: 2200)
                #expect(answer.code == code, "\(query)")
            }
        }
    }
}
