// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct UpdateProfileTests {
    private func etag(_ answer: AccountsFixture.Answer) -> String? {
        answer.headers.first { $0.name.lowercased() == "etag" }?.value
    }

    @Test func readsTheProfileWithWhatOthersKnow() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            try await fixture.pool.execute(
                """
                insert into accounts.addresses (id, user_id, name, phone, line1, city, state_code, postal_code, is_default_shipping)
                values (1, $1, 'Asha Rao', '+919876543210', '1 MG Road', 'Bengaluru', 'KA', '560001', true)
                """, me.user.rawValue)
            let answer = try await fixture.call(.get, "/api/auth/profile/", token: me.access)
            #expect(answer.status == 200)
            #expect(etag(answer) == "\"v1\"")
            let json = try answer.json
            #expect(json["default_addresses"]?["shipping"]?["city"]?.string == "Bengaluru")
            #expect(json["default_addresses"]?["billing"]?.isNull == true)
            #expect(json["seller"]?["status"]?.string == "active")
            #expect(json["companies"]?.elements?.isEmpty == true)
            #expect(json["unread_notifications"]?.int == 3)
            let anonymous = try await fixture.call(.get, "/api/auth/profile/")
            #expect(anonymous.code == "token-missing")
        }
    }

    @Test func changesWhatIsGivenAndNothingElse() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let path = "/api/auth/profile/update/"
            let first = try await fixture.call(
                .put, path,
                #"{"phone":"+919876543210","locale":"hi-IN","notification_preferences":{"order":{"email":false}}}"#,
                token: me.access)
            #expect(first.status == 200)
            #expect(etag(first) == "\"v2\"")
            let second = try await fixture.call(
                .put, path,
                #"{"full_name":"Asha R.","phone":null,"notification_preferences":{"review":{"in_app":true}}}"#,
                token: me.access)
            let json = try second.json
            #expect(json["full_name"]?.string == "Asha R.")
            #expect(json["phone"] == nil || json["phone"]?.isNull == true)
            #expect(json["locale"]?.string == "hi-IN")
            #expect(json["version"]?.int == 3)
            let stored = try await fixture.pool.query("select notification_preferences::text from accounts.users")
                .only()
            #expect(try stored.string(0) == #"{"order": {"email": false}, "review": {"in_app": true}}"#)
            let nothing = try await fixture.call(.put, path, "{}", token: me.access)
            #expect(nothing.status == 200)
            #expect(try nothing.json["version"]?.int == 3)
        }
    }

    @Test func honoursTheExpectedVersion() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let path = "/api/auth/profile/update/"
            let body = #"{"full_name":"Asha R."}"#
            let right = try await fixture.call(.put, path, body, headers: ["If-Match: \"v1\""], token: me.access)
            #expect(right.status == 200)
            let stale = try await fixture.call(.put, path, body, headers: ["If-Match: \"v1\""], token: me.access)
            #expect(stale.status == 412 && stale.code == "version-conflict")
            #expect(try stale.json["current_version"]?.int == 2)
            let inBody = try await fixture.call(
                .put, path, #"{"full_name":"Asha R.","expected_version":1}"#, token: me.access)
            #expect(inBody.code == "version-conflict")
            let empty = try await fixture.call(.put, path, "{}", headers: ["If-Match: \"v1\""], token: me.access)
            #expect(empty.code == "version-conflict")
        }
    }

    @Test func replaysAConditionalChange() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let body = #"{"full_name":"Asha R."}"#
            func put(_ version: Int) async throws -> AccountsFixture.Answer {
                try await fixture.call(
                    .put, "/api/auth/profile/update/", body, headers: ["If-Match: \"v\(version)\""], token: me.access,
                    key: "k")
            }
            let first = try await put(1)
            try fixture.forgetMemory()
            let second = try await put(1)
            #expect(first.status == 200 && second.isReplay)
            #expect(second.body == first.body)
            #expect(etag(second) == "\"v2\"")
            let other = try await put(2)
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func refusesWrongFields() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            for (body, pointer) in [
                (#"{"full_name":"  "}"#, "/full_name"), (#"{"full_name":"a\u0007b"}"#, "/full_name"),
                (#"{"phone":"12"}"#, "/phone"), (#"{"locale":"english"}"#, "/locale"),
                (#"{"avatar_image_id":"usr_0000000000001"}"#, "/avatar_image_id"),
                (#"{"notification_preferences":{"security":{"email":false}}}"#, "/notification_preferences"),
                (#"{"notification_preferences":{"order":{"email":1}}}"#, "/notification_preferences"),
                (#"{"notification_preferences":[]}"#, "/notification_preferences"),
                (#"{"expected_version":0}"#, "/expected_version"),
            ] {
                let answer = try await fixture.call(.put, "/api/auth/profile/update/", body, token: me.access)
                #expect(answer.code == "validation-failed", "\(body)")
                #expect(try answer.json["errors"]?.elements?.first?["pointer"]?.string == pointer, "\(body)")
            }
        }
    }

    @Test func takesOnlyOnesOwnImages() async throws {
        try await AccountsFixture.with { fixture in
            let (asha, ravi) = (try await fixture.register(), try await fixture.register("ravi@example.org"))
            let own = try await fixture.picture(1, of: asha.access)
            let foreign = try await fixture.picture(1, of: ravi.access)
            #expect(try await fixture.show(own, token: asha.access).status == 200)
            for id in [foreign, "\(ImageID(rawValue: 77))"] {
                let answer = try await fixture.show(id, token: asha.access)
                #expect(answer.status == 404 && answer.code == "not-found")
                #expect(try answer.json["errors"]?.elements?.first?["pointer"]?.string == "/avatar_image_id")
            }
            // Neither theirs nor one's own has changed.
            #expect(try await fixture.shown() == [own])
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(try profile.json["avatar"]?["id"]?.string == own && profile.json["version"]?.int == 2)
        }
    }

    @Test func anAvatarIsShownWhereItsUserIs() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let first = try await fixture.picture(1, of: asha.access)
            let sent = try await fixture.upload(ColouredPNG.file(2), token: asha.access).json
            let second = try #require(sent["id"]?.string)
            #expect(try await fixture.show(first, token: asha.access).json["avatar"]?["id"]?.string == first)
            let changed = try await fixture.show(second, token: asha.access)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            let detail = try await fixture.call(
                .get, "/api/admin/users/detail/", token: admin.access, query: "id=\(asha.user)")
            let list = try await fixture.call(.get, "/api/admin/users/", token: admin.access, query: "q=asha")
            let item = try #require(try list.json["data"]?.elements?.first)
            #expect(item["orders_count"]?.int == 7 && item["last_login_at"]?.string != nil)
            for user in [try changed.json, try profile.json, try detail.json, item] {
                #expect(user["avatar"]?["id"]?.string == second)
                #expect(user["avatar"]?["url"]?.string == sent["url"]?.string)
                let thumbnail = sent["thumbnails"]?["small"]?.string
                #expect(thumbnail != nil && user["avatar"]?["thumbnails"]?["small"]?.string == thumbnail)
            }
            // What was replaced has an end; until then it can be shown again.
            #expect(try await fixture.shown() == [second])
            #expect(try await fixture.show(first, token: asha.access).status == 200)
            #expect(try await fixture.shown() == [first])
            // Without the member nothing changes, with null it is gone.
            let other = try await fixture.call(
                .put, "/api/auth/profile/update/", #"{"full_name":"Asha R."}"#, token: asha.access)
            #expect(try other.json["avatar"]?["id"]?.string == first)
            #expect(try await fixture.show(nil, token: asha.access).json["avatar"] == nil)
            #expect(try await fixture.shown().isEmpty)
            #expect(try await fixture.show(nil, token: asha.access).status == 200)
        }
    }

    @Test func aStaleChangeLeavesTheAvatar() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            let picture = try await fixture.picture(1, of: me.access)
            let stale = try await fixture.call(
                .put, "/api/auth/profile/update/", #"{"avatar_image_id":"\#(picture)"}"#, headers: ["If-Match: \"v7\""],
                token: me.access)
            #expect(stale.code == "version-conflict")
            #expect(try await fixture.shown().isEmpty)
        }
    }

    @Test func ofManyAtOnceOneIsShown() async throws {
        try await AccountsFixture.with { fixture in
            let me = try await fixture.register()
            var pictures: [String] = []
            for shade in UInt8(1)...6 { pictures.append(try await fixture.picture(shade, of: me.access)) }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for picture in pictures {
                    tasks.addTask { try await fixture.show(picture, token: me.access).status }
                }
                return try await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 200, count: 6))
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: me.access)
            let shown = try #require(try profile.json["avatar"]?["id"]?.string)
            #expect(try await fixture.shown() == [shown])
        }
    }
}
