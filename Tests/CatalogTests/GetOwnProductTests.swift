// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct GetOwnProductTests {
    private static let path = "/api/sellers/products/detail/"

    @Test func showsWhatOnlyItsSellerSees() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let answer = try await shop.get("\(Self.path)?id=\(waiting.id)")
            #expect(answer.status == 200 && answer.header("ETag") == "\"v2\"")
            let json = try answer.json
            // Nothing was approved before: all of it is new.
            let diff = try #require(json["revision"]?["diff"]?.elements)
            #expect(diff.count == 9 && diff.allSatisfy { $0["before"]?.isNull == true })
            #expect(json["variants"]?.elements?.first?["stock"]?["available"]?.int == 5)
            #expect(json["variants"]?.elements?.first?["available"]?.int == 5, "as buyers read it of a variant")
            _ = try await shop.decide("approve", waiting.id)
            let approved = try await shop.get("\(Self.path)?id=\(waiting.id)").json
            #expect(approved["revision"]?.isNull == true)
        }
    }

    @Test func isTheSellersOwn() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let foreign = try await shop.get("\(Self.path)?id=\(draft.id)", as: shop.lata)
            #expect(foreign.status == 404 && foreign.code == "not-found")
            for id in ["prd_x", "\(ProductID(rawValue: 5))"] {
                let unknown = try await shop.get("\(Self.path)?id=\(id)")
                #expect(unknown.status == 404)
            }
            let none = try await shop.get(Self.path)
            #expect(none.status == 422 && none.code == "validation-failed")
            // Who is suspended still sees what is theirs.
            let suspended = try await shop.get("\(Self.path)?id=\(draft.id)", as: shop.gopal)
            #expect(suspended.status == 404)
        }
    }
}
