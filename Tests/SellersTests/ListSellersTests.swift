// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct ListSellersTests {
    @Test func listsAreFilteredAndPaged() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            for name in ["One", "Two", "Three"] { _ = try await fixture.seller(name) }
            let path = "/api/admin/sellers/"
            let first = try await fixture.call(.get, path + "?limit=2", by: admin)
            #expect(try first.json["data"]?.elements?.map { $0["slug"]?.string } == ["three", "two"])
            let cursor = try first.json["page"]?["next_cursor"]?.string ?? ""
            let second = try await fixture.call(.get, path + "?limit=2&cursor=\(cursor)", by: admin)
            #expect(try second.json["data"]?.elements?.map { $0["slug"]?.string } == ["one"])
            let other = try await fixture.call(.get, path + "?limit=2&status=draft&cursor=\(cursor)", by: admin)
            #expect(other.code == "invalid-cursor")
            #expect(try await fixture.call(.get, path + "?q=tW", by: admin).json["data"]?.elements?.count == 1)
            #expect(
                try await fixture.call(.get, path + "?status=active", by: admin).json["data"]?.elements?.isEmpty == true
            )
            #expect(try await fixture.call(.get, path + "?status=sleepy", by: admin).code == "validation-failed")
            #expect(try await fixture.call(.get, path + "?q=a&q=b", by: admin).code == "malformed-request")
        }
    }

    @Test func onlyAdminsWithThePermissionRead() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            let (reader, none) = (try await fixture.admin(["sellers:read"]), try await fixture.admin([]))
            for target in ["/api/admin/sellers/", "/api/admin/sellers/detail/?id=\(id)", "/api/admin/kyc/pending/"] {
                #expect(try await fixture.call(.get, target).code == "token-missing")
                #expect(try await fixture.call(.get, target, by: owner).code == "forbidden")
                #expect(try await fixture.call(.get, target, by: none).code == "forbidden")
                #expect(try await fixture.call(.get, target, by: reader).status == 200)
            }
            #expect(try await fixture.call(.get, "/api/admin/sellers/detail/?id=sel_x", by: reader).code == "not-found")
        }
    }
}
