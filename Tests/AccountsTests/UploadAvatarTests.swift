// SPDX-License-Identifier: Apache-2.0
import Accounts
import HTTP
import MarketCore
import Pictures
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UploadAvatarTests {
    @Test func keepsAPictureMadeAnew() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let answer = try await fixture.upload(ColouredPNG.file(1), token: me.access)
            #expect(answer.status == 201)
            let json = try answer.json
            #expect(json["width"]?.int == 24 && json["height"]?.int == 16)
            let digest = try #require(json["sha256"]?.string)
            #expect(json["url"]?.string == "/media/\(digest.prefix(2))/\(digest.dropFirst(2).prefix(2))/\(digest).jpg")
            #expect(json["thumbnails"]?["small"]?.string?.hasSuffix("\(digest)-160.jpg") == true)
            let files = fixture.folder.files
            #expect(files.count == 4 && files.allSatisfy { $0.hasPrefix("media/") && $0.contains(digest) })
            // It waits for its use, and nobody is shown with it meanwhile.
            let waiting = try await fixture.count(
                "select count(*) from accounts.images where expires_at between now() + interval '23 hours' and now() + interval '24 hours'"
            )
            #expect(waiting == 1)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: me.access)
            #expect(try profile.json["avatar"] == nil)
        }
    }

    @Test func theSamePictureIsTheSameImageOfItsUser() async throws {
        try await AccountsFixture.with { fixture in
            let (asha, ravi) = (try await fixture.register(), try await fixture.register("ravi@example.org"))
            let first = try await fixture.picture(1, of: asha.access)
            #expect(try await fixture.picture(1, of: asha.access) == first)
            #expect(try await fixture.show(first, token: asha.access).status == 200)
            // Sent again it stays what is shown.
            #expect(try await fixture.picture(1, of: asha.access) == first)
            #expect(try await fixture.shown() == [first])
            #expect(try await fixture.picture(1, of: ravi.access) != first)
            #expect(fixture.folder.files.count == 4)
        }
    }

    @Test func fewMayWait() async throws {
        try await AccountsFixture.with { fixture in
            let (asha, ravi) = (try await fixture.register(), try await fixture.register("ravi@example.org"))
            var last = ""
            for shade in UInt8(1)...10 { last = try await fixture.picture(shade, of: asha.access) }
            let files = fixture.folder.files.count
            let refused = try await fixture.upload(ColouredPNG.file(11), token: asha.access)
            #expect(refused.status == 422 && refused.code == "validation-failed")
            let fault = try refused.json["errors"]?.elements?.first
            #expect(fault?["pointer"]?.string == "/file" && fault?["code"]?.string == "too-many")
            // It is not decoded, let alone kept.
            #expect(fixture.folder.files.count == files)
            // The same one again is none more, others have their own room, and what is used does not wait.
            #expect(try await fixture.upload(ColouredPNG.file(3), token: asha.access).status == 201)
            #expect(try await fixture.upload(ColouredPNG.file(11), token: ravi.access).status == 201)
            #expect(try await fixture.show(last, token: asha.access).status == 200)
            #expect(try await fixture.upload(ColouredPNG.file(11), token: asha.access).status == 201)
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            #expect(try await fixture.upload(ColouredPNG.file(1), token: nil).code == "token-missing")
            let text = try await fixture.upload(Array("<svg/>".utf8), token: me.access)
            #expect(text.status == 415 && text.code == "unsupported-media-type")
            let long = try await fixture.upload(
                ColouredPNG.file(1) + [UInt8](repeating: 0, count: 8 * 1024 * 1024), token: me.access)
            #expect(long.status == 413 && long.code == "payload-too-large")
            for (file, code) in [(Array(ColouredPNG.file(1).prefix(60)), "image-unreadable"), (nil, "required")] {
                let answer = try await fixture.upload(file, token: me.access)
                #expect(answer.status == 422)
                let fault = try answer.json["errors"]?.elements?.first
                #expect(fault?["pointer"]?.string == "/file" && fault?["code"]?.string == code)
            }
            #expect(try await fixture.count("select count(*) from accounts.images") == 0)
            #expect(fixture.folder.files.isEmpty)
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let first = try await fixture.upload(ColouredPNG.file(1), token: me.access, key: "avatar-key-0001")
            try fixture.forgetMemory()
            let second = try await fixture.upload(ColouredPNG.file(1), token: me.access, key: "avatar-key-0001")
            #expect(first.status == 201 && second.isReplay && first.body == second.body)
            let other = try await fixture.upload(ColouredPNG.file(2), token: me.access, key: "avatar-key-0001")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await fixture.count("select count(*) from accounts.images") == 1)
        }
    }

    @Test func whatIsNotUsedInTimeGoes() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let (unused, used) = (
                try await fixture.picture(1, of: me.access), try await fixture.picture(2, of: me.access)
            )
            #expect(try await fixture.show(used, token: me.access).status == 200)
            let upkeep = accountsPictures(client: fixture.pool)
            #expect(try await upkeep.removeUnused() == 0)
            try await fixture.pool.execute(
                "update accounts.images set expires_at = now() - interval '1 second' where expires_at is not null")
            #expect(try await upkeep.removeUnused() == 1)
            #expect(try await fixture.show(unused, token: me.access).status == 404)
            #expect(try await fixture.shown() == [used])
        }
    }
}
