// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct PublicSellerTests {
    private let path = "/api/sellers/public/"

    @Test func everybodySeesWhatBuyersMayKnow() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            #expect(try await fixture.call(.get, path + "?slug=kaveri-traders").code == "not-found")
            try await fixture.pool.execute(
                "update sellers.sellers set status = 'active', rating_count = 3, rating_sum = 13, about = 'Pots.'")
            let answer = try await fixture.call(.get, path + "?slug=kaveri-traders")
            #expect(answer.status == 200)
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(text.contains(#""rating":{"average":4.33,"count":3}"#) && text.contains("Pots."))
            for secret in ["status", "contact", "bank", "pan", "gstin", "kyc", "pickup", "owner"] {
                #expect(!text.contains(secret), "\(secret)")
            }
            let tag = answer.headers.first { $0.name == "ETag" }?.value ?? ""
            let same = try await fixture.call(.get, path + "?slug=kaveri-traders", headers: ["If-None-Match: \(tag)"])
            #expect(same.status == 304 && same.body.isEmpty)
            // A review raises no version of the seller, and shows all the same.
            try await fixture.pool.execute("update sellers.sellers set rating_count = 4, rating_sum = 14")
            let rated = try await fixture.call(.get, path + "?slug=kaveri-traders", headers: ["If-None-Match: \(tag)"])
            #expect(rated.status == 200)
            #expect(String(decoding: rated.body, as: UTF8.self).contains(#""count":4}"#))
            #expect(rated.headers.contains { $0.name == "Cache-Control" && $0.value.hasPrefix("public") })
            #expect(try await fixture.call(.get, path, by: owner).code == "validation-failed")
            #expect(try await fixture.call(.get, path + "?slug=nobody").code == "not-found")
        }
    }
}
