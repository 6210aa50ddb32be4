// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct RespondToReviewTests {
    private static let path = "/api/sellers/reviews/respond/"

    @Test func answersOnceAndEverybodySeesIt() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let answer = try await fixture.call("POST", Self.path, #"{"id":"\#(id)","text":"Thank you."}"#, as: 2100)
            #expect(answer.status == 200)
            #expect(try answer.json["response"]?["text"]?.string == "Thank you.")
            #expect(try answer.json["order_line_id"] == nil, "a seller sees what everybody sees")
            let second = try await fixture.call("POST", Self.path, #"{"id":"\#(id)","text":"Again."}"#, as: 2100)
            #expect(second.status == 409 && second.code == "already-answered")
            let list = try await fixture.call("GET", "/api/reviews/list/?product_id=\(ReviewsFixture.product)").json
            #expect(list["data"]?.elements?.first?["response"]?["text"]?.string == "Thank you.")
        }
    }

    @Test func twoAnswersAtOnceAreOne() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let other = try fixture.otherProcess()
            async let one = fixture.call("POST", Self.path, #"{"id":"\#(id)","text":"One."}"#, as: 2100)
            async let two = fixture.call("POST", Self.path, #"{"id":"\#(id)","text":"Two."}"#, as: 2100, at: other)
            let statuses = try await [one.status, two.status].sorted()
            #expect(statuses == [200, 409])
        }
    }

    @Test func onlyTheSellerOfWhatIsShown() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())","text":"Thank you."}"#
            let waiting =
                #"{"id":"\#(try await fixture.created(2002, extra: #","text":"www.x""#))","text":"Thank you."}"#
            #expect(try await fixture.call("POST", Self.path, body, as: 2101).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, body, as: 2102).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, waiting, as: 2100).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, body, as: 2001).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, body, as: 2200).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, body).code == "token-missing")
            let empty = body.replacing("Thank you.", with: " ")
            #expect(try await fixture.call("POST", Self.path, empty, as: 2100).code == "validation-failed")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())","text":"Thank you."}"#
            let first = try await fixture.call("POST", Self.path, body, as: 2100, key: "answered-only-once")
            try fixture.forgetMemory()
            let again = try await fixture.call("POST", Self.path, body, as: 2100, key: "answered-only-once")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
        }
    }
}
