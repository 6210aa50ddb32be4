// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// Accounts over one server and over two: what one process does to a login, the other must know.
///
/// Of part D of the idempotency contract: 31 and 59, and the replay of a login.
@Suite(.timeLimit(.minutes(10))) struct AccountTests {
    private static let shapes: [LiveShop.Shape] = [
        .init(servers: 1), .init(servers: 2), .init(servers: 2, hasNews: false),
    ]

    /// Somebody who registered.
    private struct Person {
        let id: String
        let access: String
        let refresh: String
    }

    private static func register(_ client: TestClient, _ name: String) async throws -> Person {
        let answer = try await client.post(
            "/api/auth/register/",
            #"{"email":"\#(name)@example.org","password":"correct horse battery","full_name":"\#(name)"}"#)
        #expect(answer.status == 201, "\(answer.text)")
        let json = try answer.json
        return Person(
            id: try #require(json["user"]?["id"]?.string), access: try #require(json["tokens"]?["access"]?.string),
            refresh: try #require(json["tokens"]?["refresh"]?.string))
    }

    private static func admin(_ shop: LiveShop) async throws -> Person {
        let person = try await register(shop.client, "admin")
        _ = try await shop.database.sql(
            "update accounts.users set roles = '{customer,admin}', permissions = '{super}' where email = 'admin@example.org'"
        )
        return person
    }

    private static func refresh(
        _ client: TestClient, _ token: String, key: String? = nil
    ) async throws -> TestClient.Answer {
        try await client.post("/api/auth/refresh/", #"{"refresh":"\#(token)"}"#, key: key)
    }

    /// Asks until the process that remembers has heard, or forgotten by itself: at most a second, and no time is measured.
    private static func outcome(_ client: TestClient, _ token: String) async throws -> String? {
        while true {
            let answer = try await client.get("/api/auth/profile/", token: token)
            if answer.status != 200 { return answer.code }
        }
    }

    @Test("a blocked user is stopped in every process and replays nothing (D 31)", arguments: shapes)
    func blocksEverywhere(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape) { shop in
            let (admin, asha) = (try await Self.admin(shop), try await Self.register(shop.client, "asha"))
            let body = #"{"full_name":"Asha Rao"}"#
            let last = shop.servers[shop.servers.count - 1].client
            let done = try await last.send(
                "PUT", "/api/auth/profile/update/", body, token: asha.access, key: "d31-profile")
            #expect(done.status == 200)
            let replay = try await shop.client.send(
                "PUT", "/api/auth/profile/update/", body, token: asha.access, key: "d31-profile")
            #expect(replay.isReplay && replay.body == done.body)
            let blocked = try await shop.client.post(
                "/api/admin/users/block/", #"{"id":"\#(asha.id)","reason_code":"fraud","note":"x"}"#,
                token: admin.access)
            #expect(blocked.status == 200, "\(blocked.text)")
            for server in shop.servers {
                #expect(try await Self.outcome(server.client, asha.access) == "account-blocked")
                let again = try await server.client.send(
                    "PUT",
                    "/api/auth/profile/update/", body, token: asha.access, key: "d31-profile")
                #expect(again.status == 403 && again.code == "account-blocked" && !again.isReplay)
                #expect(try await Self.refresh(server.client, asha.refresh).code == "account-blocked")
            }
        }
    }

    @Test func aProfileNamesTheUsersSeller() async throws {
        try await LiveShop.with { shop in
            let (admin, asha) = (try await Self.admin(shop), try await Self.register(shop.client, "asha"))
            let user = try #require(UserID(asha.id))
            func seen() async throws -> [JSONValue?] {
                let own = try await shop.client.get("/api/auth/profile/", token: asha.access)
                let office = try await shop.client.get("/api/admin/users/detail/?id=\(asha.id)", token: admin.access)
                #expect(own.status == 200 && office.status == 200, "\(own.text) \(office.text)")
                return [try own.json["seller"], try office.json["seller"]]
            }
            #expect(try await seen().allSatisfy { $0 == nil })
            _ = try await shop.database.sql(
                """
                insert into sellers.sellers (id, slug, business_name, status, owner_user_id)
                values (700, 'asha', 'Asha', 'suspended', \(user.rawValue))
                """)
            for seller in try await seen() {
                #expect(seller?["id"]?.string == "\(SellerID(rawValue: 700))")
                #expect(seller?["status"]?.string == "suspended")
            }
        }
    }

    @Test("a role that is taken away is gone in every process", arguments: shapes)
    func rolesAreLive(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape) { shop in
            let admin = try await Self.admin(shop)
            let last = shop.servers[shop.servers.count - 1].client
            var answer = try await last.get("/api/admin/users/", token: admin.access)
            #expect(answer.status == 200)
            _ = try await shop.database.sql("update accounts.users set permissions = '{orders:read}'")
            while answer.status == 200 { answer = try await last.get("/api/admin/users/", token: admin.access) }
            #expect(answer.status == 403 && answer.code == "forbidden")
        }
    }

    @Test("a refresh whose answer was lost is given again (D 59)", arguments: shapes.prefix(2))
    func refreshesAreReplayed(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape) { shop in
            let asha = try await Self.register(shop.client, "asha")
            var answers: [TestClient.Answer] = []
            for _ in 0..<2 {
                for server in shop.servers {
                    answers.append(try await Self.refresh(server.client, asha.refresh, key: "d59"))
                }
            }
            #expect(answers.allSatisfy { $0.status == 200 } && Set(answers.map(\.body)).count == 1)
            #expect(answers.map(\.isReplay) == [false] + Array(repeating: true, count: answers.count - 1))
            // The family lives: its one successor works.
            let successor = try #require(try answers[0].json["refresh"]?.string)
            #expect(try await Self.refresh(shop.client, successor).status == 200)
            // Past its minute the key is a new one, and the token has been replaced.
            _ = try await shop.database.sql(
                "update platform.idempotency_keys set created_at = created_at - interval '2 minutes', expires_at = now() - interval '1 minute'"
            )
            let late = try await Self.refresh(shop.client, asha.refresh)
            #expect(late.status == 401 && late.code == "refresh-reused")
        }
    }

    @Test("a login is given again under its key, and not under another", arguments: shapes.prefix(2))
    func loginsAreReplayed(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape) { shop in
            _ = try await Self.register(shop.client, "asha")
            let body = #"{"email":"asha@example.org","password":"correct horse battery"}"#
            var answers: [TestClient.Answer] = []
            for server in shop.servers + shop.servers {
                answers.append(try await server.client.post("/api/auth/login/", body, key: "a-login-of-asha-01"))
            }
            #expect(answers.allSatisfy { $0.status == 200 } && Set(answers.map(\.body)).count == 1)
            let sessions = try await shop.database.text("select count(*) from accounts.sessions")
            #expect(sessions == "2", "the registration's and the login's")
            // Nowhere in clear.
            let access = try #require(try answers[0].json["access"]?.string)
            let stored = try await shop.database.text(
                "select count(*) from platform.idempotency_keys where position(convert_to('\(access)', 'utf8') in body) > 0"
            )
            #expect(stored == "0")
        }
    }

    @Test("refreshes at once are one family", arguments: shapes.prefix(2))
    func refreshesAtOnce(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape) { shop in
            let asha = try await Self.register(shop.client, "asha")
            // Tabs that refresh together, spread over the servers: each gets a successor.
            let answers = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for number in 0..<8 {
                    let client = shop.servers[number % shop.servers.count].client
                    group.addTask { try await Self.refresh(client, asha.refresh) }
                }
                return try await group.reduce(into: [TestClient.Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            let successors = try answers.map { try #require(try $0.json["refresh"]?.string) }
            #expect(Set(successors).count == 8)
            // Two of them used at once, one on each server: one is first, the other comes too late and ends the family.
            let last = shop.servers[shop.servers.count - 1].client
            async let one = Self.refresh(shop.client, successors[0])
            async let other = Self.refresh(last, successors[1])
            let codes = [try await one, try await other].map { $0.code ?? "200" }.sorted()
            #expect(codes == ["200", "refresh-reused"])
            for server in shop.servers {
                #expect(try await Self.outcome(server.client, asha.access) == "token-invalid")
                for token in [asha.refresh] + successors {
                    let answer = try await Self.refresh(server.client, token)
                    #expect(answer.status == 401)
                }
            }
        }
    }

    /// Sessions would end and the seller go on selling: nobody could accept its orders.
    @Test func whoOwnsASellerThatSellsStays() async throws {
        try await LiveShop.with(.init(servers: 1)) { shop in
            let asha = try await Self.register(shop.client, "asha")
            let seller = try await shop.client.post(
                "/api/sellers/register/",
                """
                {"business_name":"Kaveri","legal_name":"Kaveri Traders","type":"individual","pan":"AAGCB7383J",
                "contact":{"name":"Asha Rao","email":"sales@kaveri.example","phone":"+919876543210"},
                "pickup_address":{"name":"Store","phone":"+919876543210","line1":"1 MG Road","city":"Bengaluru",
                "state_code":"KA","postal_code":"560001"},"bank":{"account_holder":"Kaveri Traders",
                "account_number":"002301567890","ifsc":"HDFC0000123"},"categories":[],"accepted_terms_version":"2026-11"}
                """, token: asha.access)
            #expect(seller.status == 201, "\(seller.text)")
            let id = try #require(try seller.json["id"]?.string.flatMap { SellerID($0) })
            func leave() async throws -> TestClient.Answer {
                try await shop.client.post(
                    "/api/auth/account/delete/", #"{"password":"correct horse battery"}"#, token: asha.access)
            }
            func stands(_ status: String) async throws {
                _ = try await shop.database.sql(
                    "update sellers.sellers set status = '\(status)' where id = \(id.rawValue)")
            }
            try await stands("active")
            let refused = try await leave()
            #expect(refused.status == 409 && refused.code == "illegal-transition")
            #expect(try refused.json["errors"]?.elements?.first?["code"]?.string == "seller-not-closed")
            let profile = try await shop.client.get("/api/auth/profile/", token: asha.access)
            #expect(profile.status == 200)
            try await stands("closed")
            #expect(try await leave().status == 202)
        }
    }
}
