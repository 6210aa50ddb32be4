// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct DeleteReviewTests {
    private static let path = "/api/reviews/delete/"

    @Test func takesItBackForGood() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            fixture.clock.advance(by: .seconds(90 * 86_400))
            let answer = try await fixture.call("POST", Self.path, #"{"id":"\#(id)"}"#, as: 2001)
            #expect(answer.status == 204)
            let list = try await fixture.call("GET", "/api/reviews/list/?product_id=\(ReviewsFixture.product)")
            #expect(try list.json["data"]?.elements?.count == 0)
            let queue = try await fixture.call("GET", "/api/admin/reviews/", as: 2200)
            #expect(try queue.json["data"]?.elements?.count == 0)
            #expect(try await fixture.call("POST", Self.path, #"{"id":"\#(id)"}"#, as: 2001).code == "not-found")
            #expect(try await fixture.create().code == "review-exists")
        }
    }

    @Test func leavesItsTraces() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created()
            let answer = try await fixture.call("POST", Self.path, #"{"id":"\#(id)"}"#, as: 2001)
            #expect(answer.status == 204)
            func text(_ sql: PostgresSQL) async throws -> String { try await fixture.pool.query(sql).only().string(0) }
            let history = try await text(
                "select from_status || ' ' || event || ' ' || to_status || ' ' || actor from reviews.history order by id desc limit 1"
            )
            #expect(history == "published delete deleted user:2001")
            let event = try await text(
                """
                select o.type || ' ' || (o.seq = r.event_seq) || ' ' || (o.payload->>'review_id' = r.id::text)
                  from platform.outbox o join reviews.reviews r on r.id = o.aggregate_id order by o.id desc limit 1
                """)
            #expect(event == "review.deleted true true")
            let audit = try await text(
                "select action || ' ' || actor_id || ' ' || (before->>'status') from platform.audit order by id desc limit 1"
            )
            #expect(audit == "review.deleted 2001 published")
            let broken = try await text(
                "select coalesce(string_agg(name, ' '), '-') from reviews.invariants_v1() where not ok")
            #expect(broken == "-")
        }
    }

    @Test func onlyOnesOwn() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())"}"#
            #expect(try await fixture.call("POST", Self.path, body, as: 2002).code == "not-found")
            #expect(try await fixture.call("POST", Self.path, body, as: 2200).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, body).code == "token-missing")
            #expect(try await fixture.call("POST", Self.path, "{}", as: 2001).code == "validation-failed")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let body = #"{"id":"\#(try await fixture.created())"}"#
            let first = try await fixture.call("POST", Self.path, body, as: 2001, key: "gone-only-once")
            try fixture.forgetMemory()
            let again = try await fixture.call("POST", Self.path, body, as: 2001, key: "gone-only-once")
            #expect(first.status == 204 && again.status == 204 && again.isReplay)
        }
    }
}
