// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
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
            let me = try await fixture.register()
            let image = ImageID(rawValue: 77)
            let body = #"{"avatar_image_id":"\#(image)"}"#
            let foreign = try await fixture.call(.put, "/api/auth/profile/update/", body, token: me.access)
            #expect(foreign.status == 404 && foreign.code == "not-found")
            fixture.images.withLock { _ = $0.insert(image) }
            let own = try await fixture.call(.put, "/api/auth/profile/update/", body, token: me.access)
            #expect(own.status == 200)
            let stored = try await fixture.count("select avatar_image_id from accounts.users")
            #expect(stored == 77)
        }
    }
}
