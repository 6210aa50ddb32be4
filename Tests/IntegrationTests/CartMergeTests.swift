// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// The cart filled before the login belongs to the account afterwards, whoever else changes either cart meanwhile.
@Suite(.timeLimit(.minutes(10))) struct CartMergeTests {
    private static let credentials = #""email":"asha@example.org","password":"correct horse battery""#

    private func guest(_ client: TestClient) async throws -> (name: String, value: String) {
        let cart = try await client.get("/api/cart/get/")
        return ("X-Cart-Token", try #require(cart.header("X-Cart-Token")))
    }

    private func add(
        _ client: TestClient, _ quantity: Int, token: String? = nil, guest: (name: String, value: String)? = nil
    ) async throws -> TestClient.Answer {
        try await client.post(
            "/api/cart/add/", #"{"variant_id":"\#(Fixture.variant)","quantity":\#(quantity)}"#, token: token,
            headers: guest.map { [$0] } ?? [])
    }

    private func logIn(
        _ client: TestClient, guest: (name: String, value: String)
    ) async throws -> TestClient.Answer {
        try await client.post("/api/auth/login/", "{\(Self.credentials)}", headers: [guest])
    }

    /// Owner (`user` or `guest`), number of lines, units.
    private func carts(_ shop: LiveShop) async throws -> String {
        try await shop.database.text(
            """
            select string_agg(concat_ws(':', owner, lines, units), ' ' order by owner) from (
              select case when c.user_id is null then 'guest' else 'user' end owner, count(l.line_id) lines,
                     coalesce(sum(l.quantity), 0) units
                from carts.carts c left join carts.cart_lines l on l.cart_id = c.id group by c.id) x
            """)
    }

    @Test func registrationAndLoginTakeTheCartOver() async throws {
        try await LiveShop.with { shop in
            let client = shop.client
            let guest = try await guest(client)
            #expect(try await add(client, 2, guest: guest).status == 200)
            let registered = try await client.post(
                "/api/auth/register/", #"{\#(Self.credentials),"full_name":"Asha Rao"}"#, headers: [guest])
            let token = try #require(try registered.json["tokens"]?["access"]?.string)
            #expect(try await carts(shop) == "guest:0:0 user:1:2")
            let cart = try await client.get("/api/cart/get/", token: token)
            let line = try cart.json["groups"]?.elements?.first?["lines"]?.elements?.first
            #expect(line?["quantity"]?.int == 2)

            // The same variant again: one line with both quantities. A second login has nothing to move.
            #expect(try await add(client, 3, guest: guest).status == 200)
            #expect(try await logIn(client, guest: guest).status == 200)
            #expect(try await carts(shop) == "guest:0:0 user:1:5")
            let version = try await shop.database.text("select version from carts.carts where user_id is not null")
            #expect(try await logIn(client, guest: guest).status == 200)
            #expect(try await carts(shop) == "guest:0:0 user:1:5")
            #expect(
                try await shop.database.text("select version from carts.carts where user_id is not null") == version)
            // A token that we did not issue names no cart.
            let forged = (name: "X-Cart-Token", value: String(guest.value.reversed()))
            #expect(try await logIn(client, guest: forged).status == 200)
            #expect(try await carts(shop) == "guest:0:0 user:1:5")
        }
    }

    @Test(arguments: [1, 2]) func racingAddsLoseNothing(servers: Int) async throws {
        try await LiveShop.with(.init(servers: servers)) { shop in
            let guest = try await guest(shop.client)
            let registered = try await shop.client.post(
                "/api/auth/register/", #"{\#(Self.credentials),"full_name":"Asha Rao"}"#)
            let token = try #require(try registered.json["tokens"]?["access"]?.string)
            let answers = try await RaceTests.each(Array(0..<36)) { number in
                let client = shop.servers[number / 3 % servers].client
                return switch number % 9 {
                case 0: try await logIn(client, guest: guest)
                case let rest where rest % 2 == 0: try await add(client, 1, token: token)
                default: try await add(client, 1, guest: guest)
                }
            }
            #expect(RaceTests.tally(answers) == ["200": 36])
            #expect(try await logIn(shop.client, guest: guest).status == 200)
            #expect(try await carts(shop) == "guest:0:0 user:1:32")
        }
    }

    /// The server dies over a log-in: at whatever moment, there is a session with the cart, or neither.
    @Test(arguments: [("keyed.executed", "0 guest:1:2"), ("keyed.committed", "1 guest:0:0 user:1:2")])
    func aKillLosesNoMerge(step: String, left: String) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Fixture.catalogue(stock: 100))
            func start(crashAt step: String?) async throws -> ServerProcess {
                try await ServerProcess.start(
                    ServerProcess.Settings(
                        databaseURL: database.url, environment: step.map { ["MVE_CRASH_AT": $0] } ?? [:]))
            }
            func outcome() async throws -> String {
                try await database.text(
                    """
                    select (select count(*) from accounts.sessions where device_name = 'telephone') || ' ' || (
                      select string_agg(concat_ws(':', owner, lines, units), ' ' order by owner) from (
                        select case when c.user_id is null then 'guest' else 'user' end owner, count(l.line_id) lines,
                               coalesce(sum(l.quantity), 0) units
                          from carts.carts c left join carts.cart_lines l on l.cart_id = c.id group by c.id) x)
                    """)
            }
            let victim = try await start(crashAt: step)
            let guest = try await guest(victim.client)
            #expect(try await add(victim.client, 2, guest: guest).status == 200)
            let registered = try await victim.client.post(
                "/api/auth/register/", #"{\#(Self.credentials),"full_name":"Asha Rao"}"#)
            #expect(registered.status == 201)
            @Sendable func logIn(_ client: TestClient) async throws -> TestClient.Answer {
                try await client.post(
                    "/api/auth/login/", #"{\#(Self.credentials),"device_name":"telephone"}"#,
                    headers: [guest, ("Idempotency-Key", "the-log-in-that-was-killed")])
            }
            await #expect(throws: (any Error).self) { _ = try await logIn(victim.client) }
            await victim.kill()
            #expect(try await outcome() == left)
            let survivor = try await start(crashAt: nil)
            let again = try await logIn(survivor.client)
            #expect(again.status == 200, "\(again.text)")
            #expect(try await outcome() == "1 guest:0:0 user:1:2")
            await survivor.kill()
        }
    }

    /// Both carts are in the other server's memory, which is told.
    @Test func theOtherServerHearsOfIt() async throws {
        try await LiveShop.with(.init(servers: 2)) { shop in
            let (here, there) = (shop.servers[0].client, shop.servers[1].client)
            let guest = try await guest(here)
            #expect(try await add(here, 2, guest: guest).status == 200)
            let registered = try await here.post(
                "/api/auth/register/", #"{\#(Self.credentials),"full_name":"Asha Rao"}"#)
            let token = try #require(try registered.json["tokens"]?["access"]?.string)
            func lines(token: String? = nil, guest: (name: String, value: String)? = nil) async throws -> Int {
                let cart = try await there.get("/api/cart/get/", token: token, headers: guest.map { [$0] } ?? [])
                return try cart.json["groups"]?.elements?.first?["lines"]?.elements?.count ?? 0
            }
            #expect(try await lines(token: token) == 0)
            #expect(try await lines(guest: guest) == 1)
            #expect(try await logIn(here, guest: guest).status == 200)
            // The news take some milliseconds; without them this would never end.
            while try await lines(token: token) != 1 {}
            while try await lines(guest: guest) != 0 {}
        }
    }
}
