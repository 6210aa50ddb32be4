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

    @Test func aPeriodIsReadFromEitherEnd() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            for (day, name) in ["One", "Two", "Three", "Four"].enumerated() {
                let (id, _) = try await fixture.seller(name)
                try await fixture.pool.execute(
                    "update sellers.sellers set created_at = timestamptz '2026-11-01Z' + make_interval(days => $2::bigint::int) where id = $1",
                    id.rawValue, day)
            }
            func slugs(_ query: String) async throws -> [String?] {
                let answer = try await fixture.call(.get, "/api/admin/sellers/?" + query, by: admin)
                #expect(answer.status == 200, "\(query)")
                return try answer.json["data"]?.elements?.map { $0["slug"]?.string } ?? []
            }
            #expect(try await slugs("sort=created_at") == ["one", "two", "three", "four"])
            #expect(try await slugs("sort=-created_at") == ["four", "three", "two", "one"])
            let period = "created_from=2026-11-02T00:00:00Z&created_to=2026-11-04T00:00:00Z"
            #expect(try await slugs(period) == ["three", "two"], "from its first moment to before its last")
            #expect(try await slugs("created_from=2026-11-03T05:30:00%2B05:30") == ["four", "three"])
            let first = try await fixture.call(.get, "/api/admin/sellers/?limit=1&sort=created_at&\(period)", by: admin)
            #expect(try first.json["data"]?.elements?.map { $0["slug"]?.string } == ["two"])
            let cursor = try first.json["page"]?["next_cursor"]?.string ?? ""
            #expect(try await slugs("limit=1&sort=created_at&\(period)&cursor=\(cursor)") == ["three"])
            for other in ["sort=-created_at&\(period)", "sort=created_at", "sort=created_at&\(period.dropLast(32))"] {
                let refused = try await fixture.call(.get, "/api/admin/sellers/?\(other)&cursor=\(cursor)", by: admin)
                #expect(refused.code == "invalid-cursor", "\(other)")
            }
            for wrong in ["sort=business_name", "created_from=yesterday", "created_to=2026-11-04"] {
                let refused = try await fixture.call(.get, "/api/admin/sellers/?\(wrong)", by: admin)
                #expect(refused.code == "validation-failed", "\(wrong)")
            }
        }
    }

    @Test func eachHasItsOwnDocuments() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, one) = try await fixture.seller("One")
            _ = try await fixture.seller("Two")
            let (_, three) = try await fixture.seller("Three")
            for type in ["pan", "address_proof"] { #expect(try await fixture.upload(type, by: one).status == 201) }
            #expect(try await fixture.upload("cancelled_cheque", by: three).status == 201)
            let answer = try await fixture.call(.get, "/api/admin/sellers/", by: admin)
            let types = try answer.json["data"]?.elements?.map { seller in
                (seller["kyc"]?["documents"]?.elements ?? []).compactMap { $0["document_type"]?.string }
            }
            #expect(types == [["cancelled_cheque"], [], ["pan", "address_proof"]])
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
            let nameless = try await fixture.call(.get, "/api/admin/sellers/detail/", by: reader)
            #expect(nameless.status == 422 && nameless.code == "validation-failed")
        }
    }
}
