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

    @Test func showsSeveralStatesInOneOrder() async throws {
        try await ReviewsFixture.with { fixture in
            var ids: [String] = []
            for buyer in Int64(2001)...2006 {
                ids.append(try await fixture.created(buyer, extra: buyer % 2 == 0 ? #","text":"www.x""# : ""))
            }
            for (id, action) in [(ids[0], "hide"), (ids[1], "reject"), (ids[4], "hide")] {
                let body = #"{"id":"\#(id)","action":"\#(action)","reason_code":"spam"}"#
                #expect(try await fixture.call("POST", "/api/admin/reviews/moderate/", body, as: 2200).status == 200)
            }
            func shown(_ query: String) async throws -> [String] {
                let answer = try await fixture.call("GET", "\(Self.path)?\(query)", as: 2200)
                #expect(answer.status == 200, "\(query)")
                return try answer.json["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
            }
            #expect(try await shown("status=pending,hidden") == [ids[0], ids[3], ids[4], ids[5]])
            #expect(try await shown("status=hidden,pending&sort=-created_at&limit=3") == [ids[5], ids[4], ids[3]])
            #expect(try await shown("status=published,rejected,rejected") == [ids[1], ids[2]])
            let ended = "status=published,rejected&seller_id=\(ReviewsFixture.seller)"
            #expect(try await shown(ended) == [ids[1], ids[2]])
            #expect(try await shown("status=pending,rejected,hidden,published") == ids)
            let first = try await fixture.call("GET", "\(Self.path)?status=pending,hidden&limit=3", as: 2200)
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            #expect(try await shown("status=hidden,pending&limit=3&cursor=\(cursor)") == [ids[5]], "the same list")
            let other = try await fixture.call("GET", "\(Self.path)?status=pending&cursor=\(cursor)", as: 2200)
            #expect(other.code == "invalid-cursor")
            let empty = try await fixture.call("GET", "\(Self.path)?status=pending,", as: 2200)
            #expect(empty.code == "validation-failed")
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
