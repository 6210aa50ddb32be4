// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Pictures
import Postgres
import Sellers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct UploadLogoTests {
    @Test func keepsAPictureMadeAnewOncePerSeller() async throws {
        try await SellersFixture.with { fixture in
            let ((_, owner), (_, other)) = (try await fixture.seller(), try await fixture.seller("Other"))
            let answer = try await fixture.uploadLogo(ColouredPNG.file(1), by: owner)
            #expect(answer.status == 201)
            let json = try answer.json
            let digest = try #require(json["sha256"]?.string)
            #expect(json["width"]?.int == 24 && json["url"]?.string?.hasSuffix("/\(digest).jpg") == true)
            #expect(json["thumbnails"]?["large"]?.string?.hasSuffix("\(digest)-1200.jpg") == true)
            #expect(try await fixture.logo(1, by: owner) == json["id"]?.string)
            #expect(try await fixture.logo(1, by: other) != json["id"]?.string)
            #expect(fixture.folder.fileCount == 4)
            #expect(try await fixture.count("select count(*) from sellers.images where expires_at is not null") == 2)
            // Nothing shows it yet.
            let profile = try await fixture.call(.get, "/api/sellers/profile/", by: owner)
            #expect(try profile.json["logo"] == nil)
        }
    }

    @Test func onlyWhoOwnsAnOpenSellerUploads() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            let file = ColouredPNG.file(1)
            #expect(try await fixture.uploadLogo(file, by: nil).code == "token-missing")
            for person in [try await fixture.customer(), try await fixture.admin()] {
                #expect(try await fixture.uploadLogo(file, by: person).code == "forbidden")
            }
            // The role alone is no seller.
            #expect(try await fixture.uploadLogo(file, by: try await fixture.sellerless()).code == "not-found")
            try await fixture.setStatus("closed", of: id)
            #expect(try await fixture.uploadLogo(file, by: owner).code == "seller-not-active")
            #expect(fixture.folder.fileCount == 0)
        }
    }

    @Test func refusesWhatIsNoPictureAndTooMany() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let text = try await fixture.uploadLogo(Array("%PDF-1.7".utf8), by: owner)
            #expect(text.status == 415 && text.code == "unsupported-media-type")
            let long = try await fixture.uploadLogo(
                ColouredPNG.file(1) + [UInt8](repeating: 0, count: 8 * 1024 * 1024), by: owner)
            #expect(long.status == 413 && long.code == "payload-too-large")
            let broken = try await fixture.uploadLogo(Array(ColouredPNG.file(1).prefix(60)), by: owner)
            #expect(try broken.json["errors"]?.elements?.first?["code"]?.string == "image-unreadable")
            for shade in UInt8(1)...10 { _ = try await fixture.logo(shade, by: owner) }
            let more = try await fixture.uploadLogo(ColouredPNG.file(11), by: owner)
            #expect(more.status == 422)
            #expect(try more.json["errors"]?.elements?.first?["code"]?.string == "too-many")
            let upkeep = sellersPictures(client: fixture.pool)
            #expect(try await upkeep.removeUnused() == 0)
            try await fixture.pool.execute("update sellers.images set expires_at = now() - interval '1 second'")
            #expect(try await upkeep.removeUnused() == 10)
            #expect(try await fixture.uploadLogo(ColouredPNG.file(11), by: owner).status == 201)
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            let first = try await fixture.uploadLogo(ColouredPNG.file(1), by: owner, key: "logo-key-00001")
            try fixture.forgetMemory()
            // Whatever has become of the seller since.
            try await fixture.setStatus("closed", of: id)
            let second = try await fixture.uploadLogo(ColouredPNG.file(1), by: owner, key: "logo-key-00001")
            #expect(first.status == 201 && second.isReplay && first.body == second.body)
            let other = try await fixture.uploadLogo(ColouredPNG.file(2), by: owner, key: "logo-key-00001")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}
