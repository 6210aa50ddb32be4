// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres
import Synchronization
import Testing

/// Documents from the upload to the verdict, and who sees them.
@Suite(.timeLimit(.minutes(3))) struct KYCTests {
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
        }
    }

    @Test func oneOfATypeReplacesTheOtherAndItsFile() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
            let first = try await fixture.upload("pan", by: owner)
            let second = try await fixture.upload("pan", png, by: owner)
            #expect(first.status == 201 && second.status == 201)
            #expect(fixture.folder.fileCount == 1)
            #expect(try await fixture.text("select media_type from sellers.kyc_documents") == "image/png")
        }
    }

    @Test func twoOfATypeAtOnceLeaveOne() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let statuses = await withTaskGroup(of: Int.self) { tasks in
                for number in 0..<5 {
                    tasks.addTask {
                        let file = SellersFixture.pdf + [UInt8(number)]
                        return (try? await fixture.upload("pan", file, by: owner))?.status ?? 0
                    }
                }
                return await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [201, 201, 201, 201, 201])
            #expect(try await fixture.count("select count(*) from sellers.kyc_documents") == 1)
            #expect(fixture.folder.fileCount == 1)
        }
    }

    @Test func theSameUploadUnderAKeyIsReplayedAndAnotherIsNot() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let first = try await fixture.upload("pan", by: owner, key: "upload-1-abcdef")
            try fixture.forgetMemory()
            let second = try await fixture.upload("pan", by: owner, key: "upload-1-abcdef")
            #expect(second.isReplay && second.body == first.body && fixture.folder.fileCount == 1)
            let other = try await fixture.upload("pan", SellersFixture.pdf + [1], by: owner, key: "upload-1-abcdef")
            #expect(other.code == "idempotency-key-reused" && fixture.folder.fileCount == 1)
        }
    }

    @Test func whatIsNotADocumentIsRefusedAndLeavesNothing() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            for file in ["<html><script>", "GIF89a......", "PK\u{3}\u{4}", "MZ......", " %PDF-1.7", "<svg/>"] {
                #expect(try await fixture.upload("pan", Array(file.utf8), by: owner).code == "unsupported-media-type")
            }
            #expect(try await fixture.upload("pan", [], by: owner).code == "validation-failed")
            #expect(try await fixture.upload("passport", by: owner).code == "validation-failed")
            #expect(
                try await fixture.upload("pan", fields: ["valid_until": "2031-02-30"], by: owner).code
                    == "validation-failed")
            #expect(try await fixture.upload("pan", fields: ["submit": "yes"], by: owner).code == "validation-failed")
            fixture.scanner.answer.withLock { $0 = .refused }
            #expect(try await fixture.upload("pan", by: owner).code == "validation-failed")
            fixture.scanner.answer.withLock { $0 = .unavailable }
            let unseen = try await fixture.upload("pan", by: owner)
            #expect(unseen.status == 503 && unseen.code == "dependency-unavailable")
            let customer = try await fixture.customer()
            #expect(try await fixture.upload("pan", by: customer).code == "forbidden")
            #expect(fixture.folder.fileCount == 0)
            #expect(try await fixture.count("select count(*) from sellers.kyc_documents") == 0)
        }
    }

    @Test func companiesHaveMoreToProve() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller(type: "company")
            let answer = try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner)
            #expect(answer.status == 409 && answer.code == "kyc-incomplete")
            #expect(answer.missing == SellersFixture.documents + ["incorporation", "signatory"])
        }
    }

    @Test func fromTheUploadToTheVerdict() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).code == "kyc-incomplete")
            for type in SellersFixture.documents.dropLast() {
                #expect(try await fixture.upload(type, fields: ["submit": "true"], by: owner).status == 201)
            }
            #expect(try await fixture.text("select kyc_status from sellers.sellers") == "incomplete")
            // The last one hands everything in.
            let last = try await fixture.upload("cancelled_cheque", fields: ["submit": "true"], by: owner)
            #expect(try last.json["kyc"]?["status"]?.string == "submitted")
            #expect(try await fixture.text("select status from sellers.sellers") == "pending_approval")
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).code == "illegal-transition")
            let early = try await fixture.call(.post, "/api/admin/sellers/approve/", #"{"id":"\#(id)"}"#, by: admin)
            #expect(early.code == "kyc-incomplete" && early.missing == SellersFixture.documents)
            let pending = try await fixture.call(.get, "/api/admin/kyc/pending/", by: admin)
            let waiting = try pending.json["data"]?.elements ?? []
            #expect(waiting.count == 4 && waiting[0]["seller"]?["name"]?.string == "Kaveri Traders")
            try await fixture.verifyAll(owner, by: admin)
            #expect(try await fixture.text("select kyc_status from sellers.sellers") == "verified")
            #expect(
                try await fixture.count("select count(*) from sellers.sellers where bank_verified_at is not null") == 1)
            let events = try await fixture.events()
            #expect(events.count { $0 == "kyc.submitted" } == 1 && events.count { $0 == "kyc.under_review" } == 1)
            #expect(events.count { $0 == "kyc.document_verified" } == 4 && events.last == "kyc.verified")
            #expect(try await documentSteps(fixture, "submit") == "4 uploaded under_review kyc.document_submitted 4")
            let sequence = try await fixture.text(
                "select string_agg(seq::text, ',' order by id) from platform.outbox where aggregate_type = 'seller'")
            #expect(sequence == (1...events.count).map(String.init).joined(separator: ","))
        }
    }

    /// Steps of documents with their states, and their rows of audit.
    private func documentSteps(_ fixture: SellersFixture, _ event: String) async throws -> String {
        try await fixture.text(
            PostgresSQL(
                text: """
                    select concat_ws(' ', count(distinct h.document_id), min(h.from_state), min(h.to_state), min(a.action),
                                     count(distinct a.id))
                      from sellers.history h join platform.audit a
                        on a.entity_type = 'document' and a.entity_id = h.document_id and a.after->>'status' = h.to_state
                     where h.subject = 'document' and h.event = '\(event)'
                    """))
    }

    /// What counted and counts no more is in history, events and audit, whether its bank changed or another took its place.
    @Test func whatExpiresIsWrittenDown() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.activeSeller(admin)
            #expect(try await fixture.upload("pan", by: owner).status == 201)
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).status == 200)
            try await fixture.verifyAll(owner, by: admin)
            #expect(try await documentSteps(fixture, "expire") == "1 verified expired kyc.expired 1")
            let bank = #"{"bank":{"account_holder":"Kaveri","account_number":"998877665544","ifsc":"ICIC0000999"}}"#
            #expect(try await fixture.call(.put, "/api/sellers/update/", bank, by: owner).status == 200)
            #expect(try await documentSteps(fixture, "expire") == "2 verified expired kyc.expired 2")
            let reasons = try await fixture.text(
                "select string_agg(reason_code, ' ' order by id) from sellers.history where event = 'expire'")
            #expect(reasons == "replaced details-changed")
            #expect(try await fixture.events().count { $0 == "kyc.expired" } == 2)
        }
    }

    @Test func aRejectedDocumentIsSentAgain() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let list = try await fixture.call(.get, "/api/admin/kyc/pending/?limit=1", by: admin)
            let id = try list.json["data"]?.elements?.first?["id"]?.string ?? ""
            let path = "/api/admin/kyc/review/"
            #expect(
                try await fixture.call(.post, path, #"{"document_id":"\#(id)","decision":"rejected"}"#, by: admin).code
                    == "validation-failed")
            let body = #"{"document_id":"\#(id)","decision":"rejected","reason_code":"unreadable","note":"Too dark."}"#
            let rejected = try await fixture.call(.post, path, body, by: admin, key: "review-1-abcdef")
            #expect(try rejected.json["kyc"]?["status"]?.string == "rejected")
            try fixture.forgetMemory()
            #expect(try await fixture.call(.post, path, body, by: admin, key: "review-1-abcdef").isReplay)
            let again = try await fixture.call(.post, path, body, by: admin)
            #expect(again.code == "illegal-transition")
            let status = try await fixture.call(.get, "/api/sellers/kyc/status/", by: owner)
            #expect(
                try status.json["reasons"]?.elements?.first?["note"]?.string == "Too dark." && status.missing == ["pan"]
            )
            #expect(try await fixture.upload("pan", by: owner).status == 201)
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).status == 200)
            try await fixture.verifyAll(owner, by: admin)
            #expect(try await fixture.text("select kyc_status from sellers.sellers") == "verified")
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
}
