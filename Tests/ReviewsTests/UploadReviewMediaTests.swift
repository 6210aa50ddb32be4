// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import MarketCrypto
import Postgres
import Reviews
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UploadReviewMediaTests {
    /// One pixel.
    private static let png = [UInt8](
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
            ?? Data())
    /// The first box of an MP4, and something that nobody looks into.
    private static let video: [UInt8] =
        [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isomiso2".utf8) + [0, 0, 0, 8]
        + Array("free".utf8)

    @Test func aPictureIsMadeAnewAndShownWithItsReview() async throws {
        try await ReviewsFixture.with { fixture in
            let answer = try await fixture.upload(Self.png, line: 3001)
            #expect(answer.status == 201, "\(answer.text)")
            let json = try answer.json
            let id = try #require(json["id"]?.string)
            #expect(json["kind"]?.string == "image" && json["status"]?.string == "ready")
            #expect(json["url"]?.string?.hasPrefix("/media/reviews/") == true)
            #expect(json["thumbnails"]?["medium"]?.string?.hasPrefix("/media/reviews/") == true)
            let review = try await fixture.create(extra: #","media_ids":["\#(id)"]"#)
            #expect(try review.json["media"]?.elements?.first?["url"]?.string == json["url"]?.string)
            let list = try await fixture.call(
                "GET", "/api/reviews/list/?with_media=true&product_id=\(ReviewsFixture.product)")
            #expect(try list.json["data"]?.elements?.first?["media"]?.elements?.count == 1)
        }
    }

    @Test func saysWhichPartsNobodyAskedFor() async throws {
        try await ReviewsFixture.with { fixture in
            let answer = try await fixture.upload(Self.png, line: 3001, more: ["caption", "alt"])
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.header("X-Ignored-Fields") == "/caption, /alt")
            #expect(try await fixture.upload(Self.png, line: 3001).header("X-Ignored-Fields") == nil)
        }
    }

    @Test func aVideoIsKeptAsItIs() async throws {
        try await ReviewsFixture.with { fixture in
            let answer = try await fixture.upload(Self.video)
            #expect(answer.status == 201, "\(answer.text)")
            let json = try answer.json
            #expect(json["kind"]?.string == "video")
            let digest = Hex.encode(SHA256.hash(Self.video).bytes)
            let id = try #require(json["id"]?.string)
            #expect(json["url"]?.string?.hasSuffix("/media/reviews/\(digest)-\(id).mp4") == true)
            #expect(fixture.kept() == ["\(digest)-\(id).mp4"])
            let used = try await ReviewMediaExpiry(pool: fixture.pool).used([
                SHA256.hash(Self.video), SHA256.hash(Self.png),
            ])
            #expect(used == [SHA256.hash(Self.video)])
        }
    }

    @Test func refusesWhatIsNeither() async throws {
        try await ReviewsFixture.with { fixture in
            for (file, code) in [
                (Array("%PDF-1.7".utf8), "unsupported-media-type"), (Array("<svg/>".utf8), "unsupported-media-type"),
                ([], "validation-failed"), (Array(Self.png.prefix(40)), "validation-failed"),
            ] {
                let answer = try await fixture.upload(file)
                #expect(answer.code == code, "\(answer.text)")
            }
            let json = try await fixture.call("POST", "/api/reviews/upload-media/", "{}", as: 2001)
            #expect(json.code == "unsupported-media-type")
            let tooLong = try await fixture.upload(Self.png + [UInt8](repeating: 0, count: 8 * 1024 * 1024))
            #expect(tooLong.code == "payload-too-large")
        }
    }

    @Test func onlyBuyersOfWhatHasArrived() async throws {
        try await ReviewsFixture.with { fixture in
            let cases: [(line: Int64?, user: Int64?, code: String?)] = [
                (3002, 2001, "not-found"), (3101, 2001, "not-delivered"), (nil, nil, "token-missing"),
                (nil, 2200, "forbidden"), (nil, 2050, "not-delivered"), (nil, 2001, nil),
            ]
            for (line, user, code) in cases {
                let answer = try await fixture.upload(Self.png, line: line, as: user)
                #expect(answer.code == code, "\(answer.text)")
            }
        }
    }

    @Test func onlyOnesOwnAndOnlyForTheirLine() async throws {
        try await ReviewsFixture.with { fixture in
            let theirs = try #require(try await fixture.upload(Self.png, as: 2002).json["id"]?.string)
            let own = try #require(try await fixture.upload(Self.video, line: 3001).json["id"]?.string)
            let foreign = try await fixture.create(extra: #","media_ids":["\#(theirs)"]"#)
            #expect(foreign.code == "validation-failed")
            let both = try await fixture.create(extra: #","media_ids":["\#(own)"]"#)
            #expect(both.status == 201)
            let stolen = try await fixture.create(2002, extra: #","media_ids":["\#(own)"]"#)
            #expect(stolen.code == "validation-failed")
        }
    }

    @Test func atMostAsManyAsTwoReviewsHaveWait() async throws {
        try await ReviewsFixture.with { fixture in
            for _ in 0..<12 { #expect(try await fixture.upload(Self.video).status == 201) }
            let answer = try await fixture.upload(Self.video)
            #expect(answer.code == "validation-failed")
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "too-many")
            #expect(fixture.kept().count == 12, "what is refused is not kept")
        }
    }

    /// Each counts those before it, whichever connection it goes by; what has been written for the others is gone.
    @Test func manyAtOnceAreCountedOneAfterTheOther() async throws {
        try await ReviewsFixture.with { fixture in
            let statuses = try await withThrowingTaskGroup(of: Int.self, returning: [Int].self) { group in
                for _ in 0..<24 { group.addTask { try await fixture.upload(Self.video).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 12, "\(statuses)")
            #expect(try await fixture.text("select count(*)::text from reviews.media") == "12")
            #expect(fixture.kept().count == 12)
        }
    }

    @Test func atMostAReviewsWorthOfVideosWaits() async throws {
        try await ReviewsFixture.with { fixture in
            #expect(try await fixture.upload(Self.png).status == 201)
            let kept = fixture.kept()
            // As many octets as six of the longest videos, less one.
            try await fixture.pool.execute("update reviews.media set size = 6 * 50 * 1024 * 1024 - 1")
            let answer = try await fixture.upload(Self.video)
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "too-large")
            #expect(fixture.kept() == kept)
            // Somebody else has as much.
            #expect(try await fixture.upload(Self.video, as: 2002).status == 201)
        }
    }

    @Test func whatNoReviewWantsExpires() async throws {
        try await ReviewsFixture.with { fixture in
            let kept = try #require(try await fixture.upload(Self.video).json["id"]?.string)
            let other = try #require(try await fixture.upload(Self.png).json["id"]?.string)
            let id = try #require(
                try await fixture.create(extra: #","media_ids":["\#(kept)","\#(other)"]"#).json["id"]?.string)
            _ = try await fixture.upload(Self.png)
            func left() async throws -> String {
                try await fixture.pool.execute("update reviews.media set created_at = created_at - interval '25 hours'")
                try await fixture.pool.execute("update platform.jobs set run_at = now() where state = 'ready'")
                _ = try await fixture.workOff()
                return try await fixture.text("select count(*)::text from reviews.media")
            }
            #expect(try await left() == "2", "the one without a review is gone")
            let put = try await fixture.call(
                "PUT", "/api/reviews/update/", #"{"id":"\#(id)","media_ids":["\#(kept)"]}"#, as: 2001)
            #expect(try put.json["media"]?.elements?.count == 1, "\(put.text)")
            #expect(try await left() == "1", "let go of")
            _ = try await fixture.call("POST", "/api/reviews/delete/", #"{"id":"\#(id)"}"#, as: 2001)
            #expect(try await left() == "0")
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ReviewsFixture.with { fixture in
            let first = try await fixture.upload(Self.png, key: "uploaded-only-once")
            let kept = fixture.kept()
            try fixture.forgetMemory()
            let again = try await fixture.upload(Self.png, key: "uploaded-only-once")
            #expect(first.status == 201 && again.isReplay && again.body == first.body)
            #expect(fixture.kept() == kept && kept.allSatisfy { $0.contains("-img_") })
            let rows = try await fixture.text("select count(*)::text from reviews.media")
            #expect(rows == "1")
        }
    }
}
