// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// Documents from the upload to the verdict.
@Suite(.timeLimit(.minutes(3))) struct ReviewKYCDocumentTests {
    private let path = "/api/admin/kyc/review/"

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

    @Test func aRejectedDocumentIsSentAgain() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let list = try await fixture.call(.get, "/api/admin/kyc/pending/?limit=1", by: admin)
            let id = try list.json["data"]?.elements?.first?["id"]?.string ?? ""
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

    /// A tax number is whose it was proved to be: a draft keeps it from nobody for long, and who is closed gives it back.
    @Test func aGSTINIsOfWhoeverIsVerified() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let gstin = "29AAGCB7383J1Z4"
            let (first, squatter) = try await fixture.seller("Squatter", gstin: gstin)
            try await fixture.pool.execute("update sellers.sellers set created_at = now() - interval '8 days'")
            let (id, owner) = try await fixture.seller("Owner", gstin: gstin)
            let documents = ["pan", "gst_certificate", "address_proof", "cancelled_cheque"]
            for person in [squatter, owner] {
                for type in documents { #expect(try await fixture.upload(type, by: person).status == 201) }
                #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: person).status == 200)
            }
            try await fixture.verifyAll(owner, by: admin)
            let verified = "select business_name from sellers.sellers where kyc_status = 'verified'" as PostgresSQL
            #expect(try await fixture.text(verified) == "Owner")
            let waiting = try await fixture.call(.get, "/api/sellers/kyc/status/", by: squatter)
            let ids = try waiting.json["documents"]?.elements?.compactMap { $0["id"]?.string } ?? []
            var codes: [String?] = []
            for id in ids {
                let answer = try await fixture.call(
                    .post, path, #"{"document_id":"\#(id)","decision":"verified"}"#, by: admin)
                codes.append(answer.code)
            }
            #expect(codes == [nil, nil, nil, "gstin-taken"])
            #expect(try await fixture.text(verified) == "Owner")
            let third = try await fixture.customer()
            let registration = SellersFixture.registration("Third", gstin: gstin)
            let late = try await fixture.call(.post, "/api/sellers/register/", registration, by: third)
            #expect(late.status == 409 && late.code == "gstin-taken")
            try await fixture.setStatus("closed", of: id)
            try await fixture.setStatus("rejected", of: first)
            let free = try await fixture.call(.post, "/api/sellers/register/", registration, by: third)
            #expect(free.status == 201)
        }
    }

    @Test func nobodyReviewsTheirOwn() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            try await fixture.makeAdmin(owner)
            let id = try await fixture.waitingDocument(owner)
            let answer = try await fixture.call(
                .post, path, #"{"document_id":"\#(id)","decision":"verified"}"#, by: owner)
            #expect(answer.status == 403 && answer.code == "four-eyes-required")
            #expect(
                try await fixture.count("select count(*) from sellers.kyc_documents where status = 'verified'") == 0)
        }
    }

    @Test func onlyAdminsWithThePermissionReview() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let id = try await fixture.waitingDocument(owner)
            let body = #"{"document_id":"\#(id)","decision":"verified"}"#
            #expect(try await fixture.call(.post, path, body).code == "token-missing")
            let (_, stranger) = try await fixture.seller("Other")
            for person in [
                owner, stranger, try await fixture.customer(), try await fixture.admin([]),
                try await fixture.admin(["sellers:read"]),
            ] {
                #expect(try await fixture.call(.post, path, body, by: person).code == "forbidden")
            }
            let admin = try await fixture.admin(["sellers:write"])
            for (wrong, code) in [
                (#"{"document_id":"kyc_01jd3k5v8x9ya","decision":"verified"}"#, "not-found"),
                (#"{"document_id":"usr_x","decision":"verified"}"#, "not-found"),
                (#"{"document_id":"\#(id)","decision":"maybe"}"#, "validation-failed"),
                (#"{"document_id":"\#(id)"}"#, "validation-failed"),
                (#"{"document_id":"\#(id)","decision":"rejected","reason_code":"Not A Code"}"#, "validation-failed"),
            ] {
                #expect(try await fixture.call(.post, path, wrong, by: admin).code == code, "\(wrong)")
            }
            #expect(try await fixture.call(.post, path, body, by: admin).status == 200)
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

    /// A cheque of the account before says nothing of the one after, whether it was looked at already or not.
    @Test(arguments: [true, false]) func anOldChequeVerifiesNoNewBank(isHandedIn: Bool) async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.seller()
            for type in SellersFixture.documents { #expect(try await fixture.upload(type, by: owner).status == 201) }
            if isHandedIn {
                #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).status == 200)
            }
            let cheque = try await fixture.text(
                "select id::text from sellers.kyc_documents where type = 'cancelled_cheque'")
            let bank = #"{"bank":{"account_holder":"Kaveri","account_number":"998877665544","ifsc":"ICIC0000999"}}"#
            let changed = try await fixture.call(.put, "/api/sellers/update/", bank, by: owner)
            #expect(try changed.json["kyc"]?["status"]?.string == "needs_update")
            let before = isHandedIn ? "under_review" : "uploaded"
            #expect(
                try await documentSteps(fixture, "expire") == "1 \(before) expired kyc.expired 1")
            let id = KYCDocumentID(rawValue: try #require(Int64(cheque)))
            let late = try await fixture.call(
                .post, path, #"{"document_id":"\#(id)","decision":"verified"}"#, by: admin)
            #expect(late.code == "illegal-transition")
            #expect(
                try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).missing == ["cancelled_cheque"])
            #expect(
                try await fixture.count("select count(*) from sellers.sellers where bank_verified_at is not null") == 0)
            // The new one's cheque ends it as ever.
            #expect(
                try await fixture.upload("cancelled_cheque", fields: ["submit": "true"], by: owner).status == 201)
            try await fixture.verifyAll(owner, by: admin)
            #expect(try await fixture.text("select kyc_status from sellers.sellers") == "verified")
            #expect(
                try await fixture.count("select count(*) from sellers.sellers where bank_verified_at is not null") == 1)
        }
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
}
