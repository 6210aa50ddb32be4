// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct UploadKYCDocumentTests {
    private let path = "/api/sellers/kyc/upload/"

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

    /// The fixture's clock begins at 21:30 in India on 24 November 2025.
    @Test func aDocumentWhoseLastDayIsOverIsNotTaken() async throws {
        try await SellersFixture.with { fixture in
            fixture.clock.advance(by: .seconds(145 * 60))
            let (_, owner) = try await fixture.seller()
            func send(_ day: String) async throws -> SellersFixture.Answer {
                try await fixture.upload("pan", fields: ["valid_until": day], by: owner)
            }
            let over = try await send("2025-11-23")
            #expect(over.status == 422 && over.code == "validation-failed")
            let fault = try over.json["errors"]?.elements?.first
            #expect(fault?["pointer"]?.string == "/valid_until" && fault?["code"]?.string == "past")
            #expect(fixture.folder.fileCount == 0)
            #expect(try await send("2025-11-24").status == 201)
            // Where the seller is it is tomorrow now, in Greenwich it is not.
            fixture.clock.advance(by: .seconds(10 * 60))
            #expect(try await send("2025-11-24").status == 422)
            #expect(try await send("2025-11-25").status == 201)
        }
    }

    @Test func onlyWhoOwnsASellerUploads() async throws {
        try await SellersFixture.with { fixture in
            _ = try await fixture.seller()
            #expect(try await fixture.call(.post, path).code == "token-missing")
            for person in [try await fixture.customer(), try await fixture.admin()] {
                #expect(try await fixture.upload("pan", by: person).code == "forbidden")
            }
            // The role alone is no seller.
            #expect(try await fixture.upload("pan", by: try await fixture.sellerless()).code == "not-found")
            #expect(fixture.folder.fileCount == 0)
        }
    }

    /// Handing in is part of the upload: what may not be handed in any more is not kept either.
    @Test func whoWasTurnedDownForGoodHandsNothingIn() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            #expect(try await fixture.decide("reject", id, by: admin, more: #","allow_resubmit":false"#).status == 200)
            let files = fixture.folder.fileCount
            let answer = try await fixture.upload("pan", fields: ["submit": "true"], by: owner)
            #expect(answer.status == 409 && answer.code == "illegal-transition")
            #expect(fixture.folder.fileCount == files)
        }
    }

    @Test func aClosedSellerProvesNothing() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("closed", of: id)
            #expect(try await fixture.upload("pan", by: owner).code == "seller-not-active")
            #expect(fixture.folder.fileCount == 0)
        }
    }
}
