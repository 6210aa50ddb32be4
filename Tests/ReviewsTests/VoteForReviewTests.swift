// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct VoteForReviewTests {
    private static let path = "/api/reviews/helpful/"

    @Test func countsEverybodyOnce() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            func vote(_ user: Int64, _ extra: String = "") async throws -> Int? {
                let answer = try await fixture.call("POST", Self.path, #"{"id":"\#(id)"\#(extra)}"#, as: user)
                #expect(answer.status == 200)
                return try answer.json["helpful_count"]?.int
            }
            #expect(try await vote(2002) == 1)
            #expect(try await vote(2002) == 1)
            #expect(try await vote(2003) == 2)
            #expect(try await vote(2002, #","helpful":false"#) == 1)
            #expect(try await vote(2002, #","helpful":false"#) == 1)
        }
    }

    @Test func onlyWhatIsShownAndNotOnesOwn() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())"}"#
            let waiting = #"{"id":"\#(try await fixture.created(2002, extra: #","text":"www.x""#))"}"#
            #expect(try await fixture.call("POST", Self.path, body, as: 2001).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, waiting, as: 2001).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, #"{"id":"x"}"#, as: 2001).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, body).code == "token-missing")
            #expect(try await fixture.call("POST", Self.path, body, as: 2200).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, #"{"id":1}"#, as: 2002).code == "validation-failed")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())"}"#
            let first = try await fixture.call("POST", Self.path, body, as: 2002, key: "helpful-only-once")
            _ = try await fixture.call("POST", Self.path, body, as: 2003)
            try fixture.forgetMemory()
            let again = try await fixture.call("POST", Self.path, body, as: 2002, key: "helpful-only-once")
            #expect(again.isReplay && again.body == first.body)
        }
    }
}
