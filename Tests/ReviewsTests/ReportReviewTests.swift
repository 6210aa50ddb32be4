// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ReportReviewTests {
    private static let path = "/api/reviews/report/"

    @Test func showsItToModeratorsOnceForEachCustomer() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let body = #"{"id":"\#(id)","reason_code":"off_topic","note":"About another shop."}"#
            for user in [Int64(2002), 2002, 2003] {
                let answer = try await fixture.call("POST", Self.path, body, as: user)
                #expect(answer.status == 200)
                #expect(answer.text == #"{"id":"\#(id)","reported":true}"#)
            }
            let reported = try await fixture.call("GET", "/api/admin/reviews/?reported=true", as: 2200)
            let items = try #require(try reported.json["data"]?.elements)
            #expect(items.count == 1 && items[0]["report_count"]?.int == 2)
            #expect(items[0]["status"]?.string == "published", "reports hide nothing")
        }
    }

    @Test func refusesWhatIsNoReport() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let body = #"{"id":"\#(id)","reason_code":"spam"}"#
            #expect(
                try await fixture.call("POST", Self.path, #"{"id":"\#(id)"}"#, as: 2002).code == "validation-failed")
            let unknown = #"{"id":"\#(id)","reason_code":"dull"}"#
            #expect(try await fixture.call("POST", Self.path, unknown, as: 2002).code == "validation-failed")
            #expect(try await fixture.call("POST", Self.path, body).code == "token-missing")
            #expect(try await fixture.call("POST", Self.path, body, as: 2200).code == "forbidden")
            let missing = #"{"id":"\#(ReviewID(rawValue: 9))","reason_code":"spam"}"#
            #expect(try await fixture.call("POST", Self.path, missing, as: 2002).code == "not-found")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())","reason_code":"spam"}"#
            let first = try await fixture.call("POST", Self.path, body, as: 2002, key: "reported-only-once")
            try fixture.forgetMemory()
            let again = try await fixture.call("POST", Self.path, body, as: 2002, key: "reported-only-once")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
        }
    }
}
