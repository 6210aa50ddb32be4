// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ModerateReviewTests {
    private static let path = "/api/admin/reviews/moderate/"

    private func moderate(
        _ fixture: ReviewsFixture, _ id: String, _ action: String, _ extra: String = "", as user: Int64? = 2200,
        key: String? = nil
    ) async throws -> TestClient.Answer {
        try await fixture.call(
            "POST", Self.path, #"{"id":"\#(id)","action":"\#(action)"\#(extra)}"#, as: user, key: key)
    }

    @Test func movesAsTheTableSaysAndNotOtherwise() async throws {
        try await ReviewsFixture.with { fixture in
            let reason = #","reason_code":"spam","note":"Sells something.""#
            let id = try await fixture.created(extra: #","text":"www.x""#)
            let hidden = try await moderate(fixture, id, "hide", reason)
            #expect(hidden.status == 409 && hidden.code == "illegal-transition")
            #expect(try hidden.json["from"]?.string == "pending")
            #expect(try hidden.json["allowed"]?.elements?.compactMap(\.string) == ["published", "rejected"])
            let published = try await moderate(fixture, id, "publish")
            #expect(published.status == 200)
            #expect(try published.json["status"]?.string == "published")
            #expect(try published.json["reason_code"] == nil)
            #expect(try await moderate(fixture, id, "reject", reason).code == "illegal-transition")
            let taken = try await moderate(fixture, id, "hide", reason)
            #expect(try taken.json["reason_code"]?.string == "spam")
            #expect(try taken.json["reason_note"]?.string == "Sells something.")
            #expect(try await moderate(fixture, id, "publish").code == "illegal-transition")
            let events = try await fixture.text(
                "select string_agg(type || ' ' || seq, ', ' order by seq) from platform.outbox")
            #expect(events == "review.published 1, review.hidden 2")
            let history = try await fixture.text(
                "select string_agg(event || ' ' || actor || ' ' || coalesce(reason, '-'), ', ' order by id) from reviews.history"
            )
            #expect(history == "publish user:2200 -, hide user:2200 spam")
        }
    }

    @Test func wantsAReasonForTakingAway() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let answer = try await moderate(fixture, id, "hide")
            #expect(answer.status == 422 && answer.code == "reason-required")
            for code in ["Dull", "so dull", ""] {
                let malformed = try await moderate(fixture, id, "hide", #","reason_code":"\#(code)""#)
                #expect(malformed.code == "validation-failed", "\(code)")
            }
            #expect(try await moderate(fixture, id, "praise").code == "validation-failed")
            let stale = try await moderate(fixture, id, "hide", #","reason_code":"spam","expected_version":1"#)
            #expect(stale.code == "version-conflict")
        }
    }

    @Test func whoModeratesChoosesTheReason() async throws {
        try await ReviewsFixture.with { fixture in
            let code = "house-rule_7" + String(repeating: "x", count: 48)
            let id = try await fixture.created()
            let hidden = try await moderate(fixture, id, "hide", #","reason_code":"\#(code)""#)
            #expect(hidden.status == 200, "\(hidden.text)")
            #expect(try hidden.json["reason_code"]?.string == code)
            #expect(try await fixture.text("select reason from reviews.history where event = 'hide'") == code)
            let longer = try await moderate(fixture, id, "hide", #","reason_code":"\#(code)x""#)
            #expect(longer.code == "validation-failed")
        }
    }

    @Test func twoModeratorsAtOnceMoveItOnce() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(extra: #","text":"www.x""#)
            let other = try fixture.otherProcess()
            async let one = fixture.call("POST", Self.path, #"{"id":"\#(id)","action":"publish"}"#, as: 2200)
            async let two = fixture.call(
                "POST", Self.path, #"{"id":"\#(id)","action":"reject","reason_code":"spam"}"#, as: 2201, at: other)
            let statuses = try await [one.status, two.status].sorted()
            #expect(statuses == [200, 409])
        }
    }

    @Test func onlyAdmins() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            #expect(try await moderate(fixture, id, "publish", as: 2001).code == "forbidden")
            #expect(try await moderate(fixture, id, "publish", as: 2100).code == "forbidden")
            #expect(try await moderate(fixture, id, "publish", as: nil).code == "token-missing")
            #expect(try await moderate(fixture, "\(ReviewID(rawValue: 9))", "publish").code == "not-found")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(extra: #","text":"www.x""#)
            let first = try await moderate(fixture, id, "publish", key: "published-only-once")
            try fixture.forgetMemory()
            let again = try await moderate(fixture, id, "publish", key: "published-only-once")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
        }
    }
}
