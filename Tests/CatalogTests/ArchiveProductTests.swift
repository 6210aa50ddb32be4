// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// What admins take away for good.
@Suite(.timeLimit(.minutes(2))) struct ArchiveProductTests {
    private static let path = "/api/admin/products/archive/"

    private static func body(_ id: String, reason: String = "prohibited", note: String = "Ivory.") -> String {
        #"{"id":"\#(id)","reason_code":"\#(reason)","note":"\#(note)"}"#
    }

    @Test func takesAProductOffTheShelfForGood() async throws {
        try await ProductsFixture.with { shop in
            let live = try await shop.approved()
            _ = try await shop.update(live.id, version: live.version, #""title":"Oak speaker""#)
            let answer = try await shop.post(Self.path, Self.body(live.id), as: shop.admin, key: "archive-for-good-1")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json["status"]?.string == "archived")
            #expect(try await shop.text("select visible::text from catalog.products") == "false")
            let row = try await shop.text(
                "select reason_code || ' ' || note || ' ' || actor from catalog.history order by id desc limit 1")
            #expect(row == "prohibited Ivory. user:50")
            let revision = try await shop.text("select state from catalog.revisions order by number desc limit 1")
            #expect(revision == "withdrawn")
            let audit = try await shop.text(
                "select action || ' ' || actor_type || ' ' || reason from platform.audit order by id desc limit 1")
            #expect(audit == "product.archived admin Ivory.")
            let events = try await shop.events(of: live)
            // Once, by key and by itself.
            let replay = try await shop.post(Self.path, Self.body(live.id), as: shop.admin, key: "archive-for-good-1")
            #expect(replay.isReplay && replay.body == answer.body)
            let again = try await shop.post(Self.path, Self.body(live.id), as: shop.admin)
            #expect(again.status == 200 && again.body == answer.body)
            #expect(try await shop.events(of: live) == events)
            // Its seller does not bring it back.
            let relist = try await shop.post("/api/products/relist/", #"{"id":"\#(live.id)"}"#)
            #expect(relist.code == "illegal-transition")
        }
    }

    @Test func refusesWhatIsWrong() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            for (body, code) in [
                (Self.body("\(ProductID(rawValue: 5))"), "not-found"), (Self.body("nonsense"), "not-found"),
                (Self.body(draft.id, reason: "On a whim"), "validation-failed"),
                (Self.body(draft.id, note: " "), "validation-failed"),
                ("{}", "validation-failed"),
            ] {
                let answer = try await shop.post(Self.path, body, as: shop.admin)
                #expect(answer.code == code, "\(body)")
            }
            for person in [shop.kiran, shop.reader, shop.clerk, shop.customer] {
                let answer = try await shop.post(Self.path, Self.body(draft.id), as: person)
                #expect(answer.code == "forbidden")
            }
            #expect(try await shop.text("select status from catalog.products") == "draft")
        }
    }
}
