// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

/// Streams of notifications on real servers: what one of them commits is heard on all.
@Suite(.timeLimit(.minutes(5)), .serialized) struct NoticeStreamTests {
    private static let path = "/api/notifications/stream/"

    /// An order of the buyer ends, as any transaction would tell it.
    private static func happen(_ number: Int, in shop: LiveShop) async throws {
        _ = try await shop.database.sql(
            """
            insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
            values ('order.expired', 'order', \(number), 2, '{"order_id":\(number),"user_id":2000}');
            """)
    }

    private static func with(
        _ shape: LiveShop.Shape, _ body: @Sendable (LiveShop, LiveShop.Buyer, EventLoop) async throws -> Void
    ) async throws {
        try await LiveShop.with(shape) { shop in
            let buyer = try await shop.buyers(1)[0]
            let group = try EventLoopGroup(count: 1)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(shop, buyer, group.loops[0]))
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }

    @Test(arguments: [1, 2]) func everyServerHearsAndAnotherGoesOn(loops: Int) async throws {
        try await Self.with(.init(servers: 2, loops: loops)) { shop, buyer, loop in
            let (first, second) = (shop.servers[0].url, shop.servers[1].url)
            let sources = try await loop.run {
                [
                    try await EventSource.open(first, Self.path, token: buyer.token, on: loop),
                    try await EventSource.open(second, Self.path, token: buyer.token, on: loop),
                ]
            }
            for source in sources {
                let event = try await loop.run { try await source.next("unread") }
                #expect(event?.data == #"{"unread_count":0}"#)
            }
            try await Self.happen(7, in: shop)
            for source in sources {
                let event = try await loop.run { try await source.next("notification") }
                #expect(event?.id == "1")
                let count = try await loop.run { try await source.next("unread") }
                #expect(count?.data == #"{"unread_count":1}"#)
            }
            // Read at the one, seen at the other, which still listens.
            try await loop.run { await sources[0].close() }
            _ = try await shop.servers[0].client.post(
                "/api/notifications/mark-all-read/", "{}", token: buyer.token)
            let read = try await loop.run { try await sources[1].next() }
            #expect(read?.data == #"{"unread_count":0}"#)
            // What comes meanwhile is told by another server.
            try await Self.happen(8, in: shop)
            let resumed = try await loop.run {
                try await EventSource.open(second, Self.path, token: buyer.token, last: "1", on: loop)
            }
            let event = try await loop.run { try await resumed.next("notification") }
            #expect(event?.id == "2" && event?.data.contains("\(OrderID(rawValue: 8))") == true)
            try await loop.run {
                await resumed.close()
                await sources[1].close()
            }
            let broken = try await shop.database.text(
                "select coalesce(sum(value), 0) from platform.invariants_of_notifications_v1();")
            #expect(broken == "0")
        }
    }

    @Test func aBlockedUsersStreamsEndAtOnce() async throws {
        try await Self.with(.init(servers: 2)) { shop, buyer, loop in
            _ = try await shop.database.sql(
                """
                insert into accounts.users (id, email, email_folded, password_hash, full_name, status, roles, permissions)
                values (2900, 'admin@example.org', 'admin@example.org', 'none', 'Admin', 'active', '{admin}', '{super}');
                insert into accounts.sessions (id, user_id) values (3900, 2900);
                """)
            let tokens = await AccessTokens(secret: try ServerProcess.secret())
            let admin = try await tokens.issue(
                user: ID(rawValue: 2900), session: ID(rawValue: 3900), audience: .all, lifetime: .seconds(600))
            let urls = shop.servers.map(\.url)
            let sources = try await loop.run {
                [
                    try await EventSource.open(urls[0], Self.path, token: buyer.token, on: loop),
                    try await EventSource.open(urls[1], Self.path, token: buyer.token, on: loop),
                    try await EventSource.open(urls[1], Self.path, token: admin, on: loop),
                ]
            }
            for source in sources { _ = try await loop.run { try await source.next("unread") } }
            let blocked = try await shop.client.post(
                "/api/admin/users/block/",
                #"{"id":"\#(UserID(rawValue: 2000))","reason_code":"fraud","note":"For the test."}"#, token: admin)
            #expect(blocked.status == 200, "\(blocked.text)")
            for source in sources[..<2] {
                let end = try await loop.run { try await source.next("end") }
                #expect(end?.data == #"{"reason":"access-ended"}"#)
                let last = try await loop.run { try await source.next() }
                #expect(last == nil)
            }
            // Others' go on.
            _ = try await shop.database.sql(
                """
                insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
                values ('refund.failed', 'refund', 5, 2, '{"refund_id":5,"order_id":7,"amount_minor":100,"currency":"INR"}');
                """)
            let event = try await loop.run { try await sources[2].next("notification") }
            #expect(event?.data.contains("refund.failed") == true)
        }
    }

    @Test func aStreamEndsWithItsToken() async throws {
        try await Self.with(.init()) { shop, _, loop in
            let tokens = await AccessTokens(secret: try ServerProcess.secret())
            let token = try await tokens.issue(
                user: ID(rawValue: 2000), session: ID(rawValue: 3000), audience: .all, lifetime: .seconds(3))
            let url = shop.server.url
            let source = try await loop.run { try await EventSource.open(url, Self.path, token: token, on: loop) }
            let end = try await loop.run { try await source.next("end") }
            #expect(end?.data == #"{"reason":"token-expired"}"#)
            let last = try await loop.run { try await source.next() }
            #expect(last == nil)
        }
    }
}
