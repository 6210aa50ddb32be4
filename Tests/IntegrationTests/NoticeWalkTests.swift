// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

/// From the payment to what everybody concerned is told, with the provider's real sandbox and real servers.
@Suite(.timeLimit(.minutes(5)), .serialized) struct NoticeWalkTests {
    /// A second seller's lamp lies in the cart beside the rug, and both sellers have an owner.
    private static let secondSeller = """
        insert into accounts.users (id, email, email_folded, password_hash, full_name, status, roles, locale) values
          (2101, 'loom@example.org', 'loom@example.org', 'none', 'Loom', 'active', '{customer,seller}', 'en'),
          (2102, 'lux@example.org', 'lux@example.org', 'none', 'Lux', 'active', '{customer,seller}', 'hi-IN');
        insert into accounts.sessions (id, user_id) values (3101, 2101), (3102, 2102);
        update sellers.sellers set owner_user_id = 2101 where id = 11;
        insert into sellers.sellers (id, owner_user_id, slug, business_name, status, state_code) values (12, 2102, 'lux', 'Lux', 'active', 'KA');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
        values (32, 12, 21, 'lamp', 'Lamp', 'approved', '9405', 1800);
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor) values (42, 32, 12, 'LAMP-1', \(Fixture.price));
        update inventory.stock set on_hand = 10 where variant_id = 42;
        insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
        values (1000, 5900, 42, 1, \(Fixture.price));
        """

    private static func token(_ user: Int64) async throws -> String {
        try await AccessTokens(secret: try ServerProcess.secret()).issue(
            user: ID(rawValue: user), session: ID(rawValue: user + 1000), audience: .all, lifetime: .seconds(600))
    }

    /// Lets a server lead that dies when it has told everybody and not committed it.
    private static func startVictim(_ shop: LiveShop) async throws -> ServerProcess {
        let database = shop.database
        while try await database.text("select count(*) from platform.outbox_waiting_v1(0, 1000);") != "0" {}
        let before = try await database.text(
            "select string_agg(instance::text, ',') from platform.workers where instance is not null;")
        // The survivor finds that somebody else leads, and hands nothing on any more.
        _ = try await database.sql(
            "update platform.leases set lease_until = now() + interval '10 minutes', instance = gen_random_uuid() where role = 'outbox';"
        )
        await shop.server.untilLogged("leads no more")
        var settings = shop.settings
        settings.startsSandbox = false
        settings.environment["MVE_CRASH_AT"] = "outbox.handed-on"
        let victim = try await ServerProcess.start(settings)
        _ = try await database.sql(
            """
            update platform.leases set lease_until = now() + interval '1 minute', instance = (
                select instance from platform.workers
                 where instance is not null and instance <> all (string_to_array('\(before)', ',')::uuid[]))
             where role = 'outbox';
            """)
        return victim
    }

    @Test func everybodyIsToldOnceWhateverHappensMeanwhile() async throws {
        try await PayingShop.with { shop in
            let database = shop.live.database
            _ = try await database.sql(Self.secondSeller)
            let created = try await shop.live.client.post(
                "/api/orders/create/", LiveShop.order(total: 2 * Fixture.price), token: shop.token, key: "order")
            #expect(created.status == 201, "\(created.text)")
            let order = try #require(try created.json["id"]?.string)
            let provider = try await shop.checkout(order)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let url = shop.live.server.url
            let people = [shop.token, try await Self.token(2101), try await Self.token(2102)]
            var sources: [EventSource] = []
            for token in people {
                sources.append(
                    try await loop.run {
                        try await EventSource.open(url, "/api/notifications/stream/", token: token, on: loop)
                    })
            }
            for source in sources { _ = try await loop.run { try await source.next("unread") } }

            let victim = try await Self.startVictim(shop.live)
            try await shop.control("POST", "/control/faults", #"{"duplicate":3}"#)
            _ = try await shop.pay(provider, #"{"outcome":"captured"}"#)
            #expect(try await shop.paymentStatus(of: order, after: 1) == "paid")
            #expect(try await shop.deliveries(atLeast: 3, status: 200, event: "payment.captured"))
            await victim.untilLogged("killing itself at outbox.handed-on")
            await victim.kill()
            #expect(try await database.text("select count(*) from notifications.notifications;") == "0")
            // Nobody waits for the dead one's lease.
            _ = try await database.sql("update platform.leases set lease_until = now() where role = 'outbox';")

            for (index, source) in sources.enumerated() {
                let event = try await loop.run { try await source.next("notification") }
                #expect(event?.id == "1")
                #expect(event?.data.contains(index == 0 ? "order.confirmed" : "seller_order.placed") == true)
                let count = try await loop.run { try await source.next("unread") }
                #expect(count?.data == #"{"unread_count":1}"#)
                let unread = try await shop.live.client.get("/api/notifications/unread-count/", token: people[index])
                #expect(unread.text == #"{"unread_count":1}"#)
                // Nothing else was on its way: the next that comes is what is done now.
                let read = try await shop.live.client.post(
                    "/api/notifications/mark-all-read/", "{}", token: people[index])
                #expect(read.text == #"{"updated":1,"unread_count":0}"#)
                var next = try await loop.run { try await source.next() }
                while next?.isComment == true { next = try await loop.run { try await source.next() } }
                #expect(next?.data == #"{"unread_count":0}"#)
            }
            await group.shutdown()
            while try await database.text(
                "select count(*) from platform.jobs where kind = 'mail.send' and state = 'done';") != "3"
            {}
            #expect(try await database.text("select count(*) from platform.jobs where kind = 'mail.send';") == "3")
            #expect(try Self.mails(shop.live.server) == ["b0@example.org", "loom@example.org", "lux@example.org"])
            let counts = try await database.text(
                """
                select (select string_agg(user_id || ' ' || notice, ',' order by user_id) from notifications.notifications),
                       (select count(*) from platform.outbox_waiting_v1(0, 1000)),
                       (select sum(value) from platform.invariants_of_notifications_v1());
                """)
            #expect(counts == "2000 order.confirmed,2101 seller_order.placed,2102 seller_order.placed|0|0")
        }
    }

    /// Whom the server's mails went to.
    private static func mails(_ server: ServerProcess) throws -> [String] {
        let folder = URL(fileURLWithPath: server.workingDirectory).appendingPathComponent("mail")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "eml" }
            .compactMap { file in
                try String(contentsOf: file, encoding: .utf8).firstMatch(of: /(?m)^To: .*<(.+)>/).map {
                    String($0.output.1)
                }
            }.sorted()
    }
}
