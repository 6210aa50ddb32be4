// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CreateReviewTests {
    @Test func publishesWhatIsHarmless() async throws {
        try await ReviewsFixture.with { fixture in
            let answer = try await fixture.create(
                rating: 4, extra: #","title":" Fine ","text":"Two months in use.\nStill good.""#)
            #expect(answer.status == 201)
            let json = try answer.json
            #expect(json["status"]?.string == "published")
            #expect(json["title"]?.string == "Fine")
            #expect(json["author"]?["name"]?.string == "Asha 2.")
            #expect(json["product_id"]?.string == ReviewsFixture.product.description)
            #expect(json["seller_id"]?.string == ReviewsFixture.seller.description)
            let event = try await fixture.text(
                "select type || ' ' || seq || ' ' || (payload->>'rating') from platform.outbox")
            #expect(event == "review.published 1 4")
            let history = try await fixture.text(
                "select from_status || ' ' || to_status || ' ' || actor from reviews.history")
            #expect(history == "pending published system")
            let counter = try await fixture.text(
                "select string_agg(subject || ' ' || fours || ' ' || rating_count, ', ' order by subject) from reviews.counters"
            )
            #expect(counter == "product 1 1, seller 1 1")
        }
    }

    @Test(arguments: [
        (#""text":"see http://example.org""#, "screened_link"), (#""title":"www.cheap""#, "screened_link"),
        (#""text":"buy at cheap-rugs.com!""#, "screened_link"), (#""text":"write to a@b.org""#, "screened_contact"),
        (#""text":"call +91 98765-43210""#, "screened_contact"), (#""text":"What SHIT, really""#, "screened_word"),
    ])
    func letsAModeratorLookFirst(field: String, reason: String) async throws {
        try await ReviewsFixture.with { fixture in
            let answer = try await fixture.create(extra: "," + field)
            #expect(answer.status == 201)
            #expect(try answer.json["status"]?.string == "pending")
            #expect(try answer.json["reason_code"]?.string == reason)
            let counted = try await fixture.text("select count(*)::text from reviews.counters where rating_count > 0")
            #expect(counted == "0")
            let events = try await fixture.text("select count(*)::text from platform.outbox")
            #expect(events == "0")
        }
    }

    @Test func oneForEachLine() async throws {
        try await ReviewsFixture.with { fixture in
            let first = try await fixture.create()
            #expect(first.status == 201)
            let second = try await fixture.create(rating: 1)
            #expect(second.status == 409)
            #expect(second.code == "review-exists")
        }
    }

    @Test func onlyItsBuyerAndOnlyOnceItHasArrived() async throws {
        try await ReviewsFixture.with { fixture in
            func create(_ line: Int64, as user: Int64?) async throws -> TestClient.Answer {
                try await fixture.call(
                    "POST", "/api/reviews/create/", #"{"order_line_id":"\#(ReviewsFixture.line(line))","rating":5}"#,
                    as: user)
            }
            #expect(try await create(3002, as: 2001).code == "not-found")
            #expect(try await create(9999, as: 2001).code == "not-found")
            #expect(try await create(3101, as: 2001).code == "not-delivered")
            #expect(try await create(3001, as: nil).code == "token-missing")
            #expect(try await create(3001, as: 2200).code == "forbidden")
            for state in ["completed", "return_in_progress", "partially_returned", "returned"] {
                _ = try await fixture.pool.query("delete from reviews.history")
                _ = try await fixture.pool.query(
                    "truncate reviews.reviews, reviews.counters, platform.outbox, platform.jobs")
                try await fixture.pool.execute("update orders.seller_orders set status = $1 where id = 2001", state)
                #expect(try await create(3001, as: 2001).status == 201, "\(state)")
            }
            for state in ["placed", "packed", "cancelled", "rejected", "rto_received", "out_for_delivery"] {
                try await fixture.pool.execute("update orders.seller_orders set status = $1 where id = 2002", state)
                #expect(try await create(3002, as: 2002).code == "not-delivered", "\(state)")
            }
        }
    }

    @Test(arguments: [
        (#""rating":0"#, "/rating"), (#""rating":6"#, "/rating"), (#""rating":"5""#, "/rating"),
        (#""title":"x""#, "/rating"),
        (#""rating":5,"title":"\#(String(repeating: "a", count: 121))""#, "/title"),
        (#""rating":5,"title":"  ""#, "/title"),
        (#""rating":5,"title":"two\nlines""#, "/title"), (#""rating":5,"text":"\u0007""#, "/text"),
        (#""rating":5,"text":"\#(String(repeating: "a", count: 5001))""#, "/text"),
        (#""rating":5,"media_ids":["nonsense"]"#, "/media_ids"), (#""rating":5,"media_ids":"x""#, "/media_ids"),
        (#""rating":5,"media_ids":["img_01jd3k5v8x9ya","img_01jd3k5v8x9ya"]"#, "/media_ids"),
        (#""rating":5,"media_ids":["img_01jd3k5v8x9ya"]"#, "/media_ids"),
    ])
    func refusesWrongFields(fields: String, pointer: String) async throws {
        try await ReviewsFixture.with { fixture in
            let answer = try await fixture.call(
                "POST", "/api/reviews/create/", #"{"order_line_id":"\#(ReviewsFixture.line(3001))",\#(fields)}"#,
                as: 2001)
            #expect(answer.code == "validation-failed", "\(answer.text)")
            #expect(try answer.json["errors"]?.elements?.first?["pointer"]?.string == pointer)
            let rows = try await fixture.text("select count(*)::text from reviews.reviews")
            #expect(rows == "0")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let first = try await fixture.create(key: "one-review-once")
            try fixture.forgetMemory()
            let again = try await fixture.create(key: "one-review-once")
            #expect(first.status == 201 && again.isReplay)
            #expect(again.body == first.body)
            let other = try await fixture.create(rating: 1, key: "one-review-once")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}
