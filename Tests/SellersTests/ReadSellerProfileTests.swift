// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// What a seller reads of itself.
@Suite(.timeLimit(.minutes(3))) struct ReadSellerProfileTests {
    private static let targets = [
        "/api/sellers/profile/", "/api/sellers/kyc/status/", "/api/sellers/kyc/document/?id=kyc_01jd3k5v8x9ya",
    ]

    @Test func isTheOwnersAlone() async throws {
        try await SellersFixture.with { fixture in
            _ = try await fixture.seller()
            let (customer, admin) = (try await fixture.customer(), try await fixture.admin())
            let sellerless = try await fixture.sellerless()
            for target in Self.targets {
                #expect(try await fixture.call(.get, target).code == "token-missing", "\(target)")
                for person in [customer, admin] {
                    #expect(try await fixture.call(.get, target, by: person).code == "forbidden", "\(target)")
                }
                // The role alone is no seller.
                #expect(try await fixture.call(.get, target, by: sellerless).code == "not-found", "\(target)")
            }
            let update = try await fixture.call(.put, "/api/sellers/update/", #"{"about":"x"}"#, by: sellerless)
            #expect(update.status == 404 && update.code == "not-found")
        }
    }

    /// A closed seller reads on: what was sold and owed stays its own.
    @Test func staysReadableInTheEnd() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("closed", of: id)
            for target in Self.targets.prefix(2) {
                #expect(try await fixture.call(.get, target, by: owner).status == 200, "\(target)")
            }
        }
    }
}
