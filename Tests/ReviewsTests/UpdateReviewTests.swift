// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UpdateReviewTests {
    private func put(
        _ fixture: ReviewsFixture, _ body: String, as user: Int64? = 2001, key: String? = nil, ifMatch: String? = nil
    ) async throws -> TestClient.Answer {
        try await fixture.call(
            "PUT", "/api/reviews/update/", body, as: user, key: key, headers: ifMatch.map { [("If-Match", $0)] } ?? [])
    }

    @Test func changesWhatIsGivenAndNothingElse() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(rating: 2, extra: #","title":"Fine","text":"It is.""#)
            let first = try await put(fixture, #"{"id":"\#(id)","rating":4,"title":null}"#)
            #expect(first.status == 200)
            let json = try first.json
            #expect(json["rating"]?.int == 4 && json["title"] == nil && json["text"]?.string == "It is.")
            #expect(json["edited_at"]?.string != nil)
            let version = try #require(json["version"]?.int)
            let same = try await put(fixture, #"{"id":"\#(id)","rating":4}"#)
            #expect(try same.json["version"]?.int == version, "nothing changed")
        }
    }

    @Test func honoursTheExpectedVersion() async throws {
        try await ReviewsFixture.with { fixture in
            let created = try await fixture.create()
            let id = try #require(try created.json["id"]?.string)
            let tag = try #require(created.header("ETag"))
            let right = try await put(fixture, #"{"id":"\#(id)","rating":4}"#, ifMatch: tag)
            #expect(right.status == 200)
            let stale = try await put(fixture, #"{"id":"\#(id)","rating":3}"#, ifMatch: tag)
            #expect(stale.code == "version-conflict")
            let inBody = try await put(fixture, #"{"id":"\#(id)","rating":3,"expected_version":1}"#)
            #expect(inBody.code == "version-conflict")
            #expect(try inBody.json["current_version"]?.int == right.json["version"]?.int)
        }
    }

    @Test func publishesWhatIsHarmlessNow() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(extra: #","text":"see www.x""#)
            let still = try await put(fixture, #"{"id":"\#(id)","text":"see www.y"}"#)
            #expect(try still.json["status"]?.string == "pending")
            let now = try await put(fixture, #"{"id":"\#(id)","text":"see for yourself"}"#)
            #expect(try now.json["status"]?.string == "published")
            #expect(try now.json["reason_code"] == nil)
        }
    }

    @Test func aPublishedOneCannotBecomeOneThatWaits() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let answer = try await put(fixture, #"{"id":"\#(id)","text":"see www.x"}"#)
            #expect(answer.code == "validation-failed")
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "screened-link")
        }
    }

    @Test func withinThirtyDays() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            fixture.clock.advance(by: .seconds(30 * 86_400 - 60))
            #expect(try await put(fixture, #"{"id":"\#(id)","rating":4}"#).status == 200)
            fixture.clock.advance(by: .seconds(120))
            let late = try await put(fixture, #"{"id":"\#(id)","rating":3}"#)
            #expect(late.status == 409 && late.code == "review-window-closed")
        }
    }

    @Test func notWhatAModeratorTookAway() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(extra: #","text":"see www.x""#)
            _ = try await fixture.call(
                "POST", "/api/admin/reviews/moderate/", #"{"id":"\#(id)","action":"reject","reason_code":"spam"}"#,
                as: 2200)
            let answer = try await put(fixture, #"{"id":"\#(id)","text":"fine"}"#)
            #expect(answer.code == "illegal-transition")
            #expect(try answer.json["from"]?.string == "rejected")
        }
    }

    @Test func onlyOnesOwn() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let body = #"{"id":"\#(id)","rating":1}"#
            #expect(try await put(fixture, body, as: 2002).code == "not-found")
            #expect(try await put(fixture, body, as: nil).code == "token-missing")
            #expect(try await put(fixture, body, as: 2200).code == "forbidden")
            #expect(try await put(fixture, #"{"id":"x"}"#).code == "not-found")
            #expect(try await put(fixture, #"{"id":"\#(id)","rating":9}"#).code == "validation-failed")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let first = try await put(fixture, #"{"id":"\#(id)","rating":1}"#, key: "change-it-once")
            try fixture.forgetMemory()
            let again = try await put(fixture, #"{"id":"\#(id)","rating":1}"#, key: "change-it-once")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
        }
    }
}
