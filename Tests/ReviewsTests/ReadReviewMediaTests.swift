// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import TestSupport
import Testing

/// The media of reviews are everybody's while their review is shown, and no longer.
@Suite(.timeLimit(.minutes(2))) struct ReadReviewMediaTests {
    private static let video: [UInt8] =
        [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isomiso2".utf8) + [0, 0, 0, 8]
        + Array("free".utf8)
    private static let png = [UInt8](
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
            ?? Data())

    /// What nobody, another buyer, the sender, a seller and an admin are answered.
    private func seen(_ url: String, _ fixture: ReviewsFixture) async throws -> [Int] {
        var statuses: [Int] = []
        for user in [nil, 2002, 2001, 2100, 2200] as [Int64?] {
            let answer = try await fixture.call("GET", url, as: user)
            statuses.append(answer.status)
            let control = answer.header("Cache-Control")
            switch (answer.status, user) {
            case (200, nil), (200, 2002), (200, 2100): #expect(control == "public, max-age=300")
            case (200, _): #expect(control?.isEmpty == false)
            default: #expect(answer.code == "not-found")
            }
        }
        return statuses
    }

    @Test func theyAreShownWithTheirReview() async throws {
        try await ReviewsFixture.with { fixture in
            let (everybody, insiders) = ([200, 200, 200, 200, 200], [404, 404, 200, 404, 200])
            let uploaded = try await fixture.upload(Self.png, line: 3001).json
            let url = try #require(uploaded["url"]?.string)
            let small = try #require(uploaded["thumbnails"]?["small"]?.string)
            let medium = try #require(uploaded["id"]?.string)
            for address in [url, small] { #expect(try await seen(address, fixture) == insiders) }
            let secret = try await fixture.call("GET", url, as: 2001)
            #expect(secret.header("Cache-Control") == "private, no-store")
            let review = try await fixture.created(extra: #","media_ids":["\#(medium)"]"#)
            for address in [url, small] { #expect(try await seen(address, fixture) == everybody) }
            func moderate(_ action: String, _ reason: String?) async throws {
                let code = reason.map { #","reason_code":"\#($0)""# } ?? ""
                let answer = try await fixture.call(
                    "POST", "/api/admin/reviews/moderate/", #"{"id":"\#(review)","action":"\#(action)"\#(code)}"#,
                    as: 2200)
                #expect(answer.status == 200, "\(answer.text)")
            }
            try await moderate("hide", "spam")
            for address in [url, small] { #expect(try await seen(address, fixture) == insiders) }
        }
    }

    @Test func nothingElseIsThere() async throws {
        try await ReviewsFixture.with { fixture in
            let url = try #require(try await fixture.upload(Self.video).json["url"]?.string)
            let file = try #require(url.split(separator: "/").last)
            for name in [
                "x", "..", String(file.dropLast(4)), String(file.prefix(64)) + ".mp4",
                String(file.prefix(64)) + "-\(ImageID(rawValue: 5)).mp4", "0" + file.dropFirst(),
            ] {
                let answer = try await fixture.call("GET", "/media/reviews/\(name)", as: 2001)
                #expect(answer.status == 404, "\(name)")
            }
        }
    }
}
