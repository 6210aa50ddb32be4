// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ListReviewsTests {
    private static let path = "/api/reviews/list/?product_id=\(ReviewsFixture.product)"

    private func ratings(_ answer: TestClient.Answer) throws -> [Int] {
        try answer.json["data"]?.elements?.compactMap { $0["rating"]?.int } ?? []
    }

    @Test func showsWhatIsPublishedToEverybody() async throws {
        try await ReviewsFixture.with { fixture in
            let id = try await fixture.created(2001, rating: 3, extra: #","title":"Fine""#)
            _ = try await fixture.created(2002, rating: 1, extra: #","text":"see www.x""#)
            let answer = try await fixture.call("GET", Self.path)
            #expect(answer.status == 200)
            #expect(answer.header("Cache-Control") == ListReviewsTests.caching)
            let items = try #require(try answer.json["data"]?.elements)
            #expect(items.count == 1)
            #expect(items[0]["id"]?.string == id)
            #expect(items[0]["author"]?["name"]?.string == "Asha 2.")
            #expect(items[0]["order_line_id"] == nil && items[0]["user_id"] == nil && items[0]["report_count"] == nil)
            let ofSeller = try await fixture.call("GET", "/api/reviews/list/?seller_id=\(ReviewsFixture.seller)")
            #expect(try ratings(ofSeller) == [3])
            let ofAnother = try await fixture.call("GET", "/api/reviews/list/?product_id=\(ProductID(rawValue: 42))")
            #expect(try ratings(ofAnother) == [])
        }
    }

    @Test func aPageIsNotSentAgainUntilItChanges() async throws {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2003 { _ = try await fixture.created(buyer, rating: 3) }
            // With a cursor in it, which is the same each time.
            let target = "\(Self.path)&limit=2"
            let first = try await fixture.call("GET", target)
            let tag = try #require(first.header("ETag"))
            let again = try await fixture.call("GET", target, headers: [("If-None-Match", tag)])
            #expect(again.status == 304 && again.text.isEmpty && again.header("Cache-Control") == Self.caching)
            _ = try await fixture.created(2004, rating: 4)
            let changed = try await fixture.call("GET", target, headers: [("If-None-Match", tag)])
            #expect(changed.status == 200 && changed.header("ETag") != tag)
        }
    }

    private static let caching = "public, max-age=30, stale-while-revalidate=60"

    @Test(arguments: ["newest", "helpful", "highest", "lowest"]) func pagesThroughAllInEveryOrder(sort: String)
        async throws
    {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2009 {
                let id = try await fixture.created(buyer, rating: Int(buyer % 3) + 1)
                if buyer % 2 == 0 {
                    _ = try await fixture.call(
                        "POST", "/api/reviews/helpful/", #"{"id":"\#(id)"}"#, as: buyer == 2001 ? 2002 : 2001)
                }
            }
            var seen: [String] = []
            var keys: [Int] = []
            var cursor = ""
            for _ in 0..<9 {
                let page = try await fixture.call("GET", "\(Self.path)&sort=\(sort)&limit=2\(cursor)").json
                for item in page["data"]?.elements ?? [] {
                    seen.append(try #require(item["id"]?.string))
                    keys.append(try #require(item[sort == "helpful" ? "helpful_count" : "rating"]?.int))
                }
                guard let next = page["page"]?["next_cursor"]?.string else { break }
                cursor = "&cursor=\(next)"
            }
            #expect(seen.count == 9 && Set(seen).count == 9)
            switch sort {
            case "newest": #expect(seen == seen.sorted(by: >))
            case "lowest": #expect(keys == keys.sorted())
            default: #expect(keys == keys.sorted(by: >))
            }
        }
    }

    @Test func filters() async throws {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2006 { _ = try await fixture.created(buyer, rating: Int(buyer % 3) + 1) }
            let twos = try await fixture.call("GET", Self.path + "&rating=2")
            #expect(try ratings(twos) == [2, 2])
            try await fixture.pool.execute(
                """
                insert into reviews.media (id, user_id, review_id, kind, digest, url, size)
                select 7, 2001, id, 'image', sha256('a'), '/media/x', 1 from reviews.reviews where user_id = 2001
                """)
            try await fixture.pool.execute("update reviews.reviews set media_count = 1 where user_id = 2001")
            let withMedia = try await fixture.call("GET", Self.path + "&with_media=true")
            let items = try #require(try withMedia.json["data"]?.elements)
            #expect(items.count == 1)
            #expect(items[0]["media"]?.elements?.first?["id"]?.string == ImageID(rawValue: 7).description)
        }
    }

    @Test func itsOrdersHaveTheNamesOfOtherLists() async throws {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2004 { _ = try await fixture.created(buyer, rating: Int(buyer % 3) + 1) }
            for (name, other) in [
                ("newest", "-created_at"), ("helpful", "-helpful_count"), ("highest", "-rating"), ("lowest", "rating"),
            ] {
                let whole = try await fixture.call("GET", "\(Self.path)&sort=\(name)")
                let same = try await fixture.call("GET", "\(Self.path)&sort=\(other)")
                #expect(same.status == 200 && same.body == whole.body, "\(other)")
                let page = try await fixture.call("GET", "\(Self.path)&limit=1&sort=\(name)").json
                let cursor = try #require(page["page"]?["next_cursor"]?.string)
                let next = try await fixture.call("GET", "\(Self.path)&limit=1&sort=\(other)&cursor=\(cursor)")
                #expect(next.status == 200, "one list under two names")
            }
            for sort in ["created_at", "helpful_count", "-helpful"] {
                let refused = try await fixture.call("GET", "\(Self.path)&sort=\(sort)")
                #expect(refused.code == "validation-failed", "\(sort)")
            }
        }
    }

    @Test func refusesWhatIsNoList() async throws {
        try await ReviewsFixture.with { fixture in
            for buyer in Int64(2001)...2003 { _ = try await fixture.created(buyer) }
            let cursor = try #require(
                try await fixture.call("GET", Self.path + "&limit=1").json["page"]?["next_cursor"]?.string)
            for (target, code) in [
                ("/api/reviews/list/", "validation-failed"),
                (Self.path + "&seller_id=\(ReviewsFixture.seller)", "validation-failed"),
                (Self.path + "&rating=6", "validation-failed"), (Self.path + "&rating=x", "validation-failed"),
                (Self.path + "&with_media=1", "validation-failed"), (Self.path + "&sort=best", "validation-failed"),
                (Self.path + "&product_id=\(ReviewsFixture.product)", "malformed-request"),
                ("/api/reviews/list/?product_id=usr_0000000000001", "not-found"),
                (Self.path + "&limit=0", "malformed-request"),
                (Self.path + "&cursor=x", "invalid-cursor"),
                (Self.path + "&sort=helpful&cursor=\(cursor)", "invalid-cursor"),
                (Self.path + "&rating=5&cursor=\(cursor)", "invalid-cursor"),
                (Self.path + "&nope=1", "unknown-parameter"),
            ] {
                let answer = try await fixture.call("GET", target)
                #expect(answer.code == code, "\(target) \(answer.text)")
            }
        }
    }
}
