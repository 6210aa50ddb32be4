// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// Who sees a document.
@Suite(.timeLimit(.minutes(3))) struct ReadKYCDocumentTests {
    @Test func documentsAreSealedAndReadBackByTheirOwnerAlone() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let answer = try await fixture.upload(
                "pan", fields: ["number": "AAGCB7383J", "valid_until": "2031-03-31"], by: owner)
            #expect(answer.status == 201)
            let document = try #require(try answer.json["document"])
            #expect(document["status"]?.string == "uploaded" && document["media_type"]?.string == "application/pdf")
            #expect(
                document["number_masked"]?.string == "******383J" && document["valid_until"]?.string == "2031-03-31")
            let missing = try answer.json["kyc"]?["missing"]?.elements?.compactMap(\.string)
            #expect(missing == ["gst_declaration", "address_proof", "cancelled_cheque"])
            #expect(fixture.folder.fileCount == 1 && !fixture.folder.holds(Array("%PDF".utf8)))
            let path = "/api/sellers/kyc/document/?id=\(document["id"]?.string ?? "")"
            let file = try await fixture.call(.get, path, by: owner)
            #expect(file.status == 200 && file.body == SellersFixture.pdf)
            let fields = Dictionary(file.headers.map { ($0.name, $0.value) }) { first, _ in first }
            #expect(fields["Content-Disposition"]?.hasPrefix("attachment; filename=\"pan.pdf\"") == true)
            #expect(fields["Cache-Control"] == "private, no-store")
            #expect(fields["Content-Security-Policy"]?.contains("sandbox") == true)
            let (_, stranger) = try await fixture.seller("Other")
            #expect(try await fixture.call(.get, path, by: stranger).code == "not-found")
            #expect(try await fixture.call(.get, path, by: try await fixture.customer()).code == "forbidden")
            #expect(try await fixture.call(.get, "/api/sellers/kyc/document/?id=kyc_x", by: owner).code == "not-found")
            let none = try await fixture.call(.get, "/api/sellers/kyc/document/", by: owner)
            #expect(none.status == 422 && none.code == "validation-failed")
        }
    }

    @Test func reviewersReadUnderAnAddressThatIsTheirsForFiveMinutes() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let detail = try await fixture.call(.get, "/api/admin/sellers/detail/?id=\(id)", by: admin)
            let urls = try detail.json["kyc_documents"]?.elements?.compactMap { $0["url"]?.string } ?? []
            #expect(urls.count == 4)
            let url = try #require(urls.first)
            let file = try await fixture.call(.get, url)
            #expect(file.status == 200 && file.body == SellersFixture.pdf)
            let views = PostgresSQL(
                text:
                    "select count(*) from platform.audit where action = 'kyc.document_viewed' and actor_id = \(admin.user.rawValue)"
            )
            #expect(try await fixture.count(views) == 1)
            let other = try await fixture.admin()
            let forged = url.replacing("\(admin.user)", with: "\(other.user)")
            #expect(try await fixture.call(.get, forged).code == "forbidden")
            #expect(try await fixture.call(.get, String(url.dropLast(2))).code == "forbidden")
            #expect(try await fixture.call(.get, "/api/admin/kyc/document/").code == "forbidden")
            // The address is the login's: it ends with what its admin may do.
            for (change, undo) in [
                ("status = 'blocked'", "status = 'active'"), ("permissions = '{}'", "permissions = '{sellers:read}'"),
                ("roles = '{customer}'", "roles = '{admin}'"),
            ] {
                let change = PostgresSQL(text: "update accounts.users set \(change) where id = \(admin.user.rawValue)")
                let undo = PostgresSQL(text: "update accounts.users set \(undo) where id = \(admin.user.rawValue)")
                try await fixture.pool.execute(change)
                try fixture.forgetMemory()
                #expect(try await fixture.call(.get, url).code == "forbidden", "\(change)")
                try await fixture.pool.execute(undo)
                try fixture.forgetMemory()
            }
            let replaced = url.replacing(/session=[^&]+/, with: "session=\(SessionID(rawValue: 5))")
            #expect(try await fixture.call(.get, replaced).code == "forbidden")
            fixture.clock.advance(by: .seconds(301))
            #expect(try await fixture.call(.get, url).code == "forbidden")
            #expect(try await fixture.count(views) == 1)
        }
    }

    @Test func anAddressEndsWithTheLogin() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let detail = try await fixture.call(.get, "/api/admin/sellers/detail/?id=\(id)", by: admin)
            let url = try #require(try detail.json["kyc_documents"]?.elements?.first?["url"]?.string)
            #expect(try await fixture.call(.get, url).status == 200)
            try await fixture.pool.execute(
                "update accounts.sessions set revoked_at = now(), revoke_reason = 'logout' where user_id = $1",
                admin.user.rawValue)
            try fixture.forgetMemory()
            #expect(try await fixture.call(.get, url).code == "forbidden")
        }
    }

    @Test func anAddressOutlivesNoDocument() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            _ = try await fixture.upload("pan", by: owner)
            let detail = try await fixture.call(.get, "/api/admin/sellers/detail/?id=\(id)", by: admin)
            let url = try #require(try detail.json["kyc_documents"]?.elements?.first?["url"]?.string)
            // Another one of its type has taken its place meanwhile.
            _ = try await fixture.upload("pan", SellersFixture.pdf + [1], by: owner)
            let gone = try await fixture.call(.get, url)
            #expect(gone.status == 404 && gone.code == "not-found")
        }
    }
}
