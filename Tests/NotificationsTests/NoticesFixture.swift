// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Notifications
import Postgres
import Synchronization
import TestRoutes
import TestSupport

@testable import MarketHTTP

/// Notifications over a real database, without a server: Asha (1) buys, Binu (2) owns the seller Loom (11), Chitra (3) is an admin who may
/// decide on refunds, Dev (4) one who may not.
struct NoticesFixture: Sendable {
    /// News that were announced; passed on to the streams where somebody listens.
    final class Heard: ChangeNews {
        let changes = Mutex<[SharedChange]>([])
        let streams = Mutex<NoticeStreams?>(nil)

        func announce(_ change: SharedChange) async {
            changes.withLock { $0.append(change) }
            guard case .notifications(let users) = change, let streams = streams.withLock({ $0 }) else { return }
            await streams.changed(users)
        }
    }

    let base: RoutesFixture
    let heard: Heard
    let publisher: OutboxPublisher
    let streams: NoticeStreams
    let routes: [Route]
    let asha: String
    let binu: String

    /// - Parameters:
    ///   - heartbeat: of streams.
    ///   - seats: streams at a time.
    static func with(
        heartbeat: Duration = NoticeStreams.heartbeat, seats: Int = StreamSeats.seatsMax,
        _ body: @escaping @Sendable (NoticesFixture) async throws -> Void
    ) async throws {
        try await RoutesFixture.with { base in
            let heard = Heard()
            let streams = NoticeStreams(
                executor: base.loop, clock: base.loop, pool: base.pool, gate: base.gate, pause: heartbeat,
                logger: base.logger)
            heard.streams.withLock { $0 = streams }
            let routes = notificationRoutes(
                NotificationsDependencies(
                    pool: base.pool, gate: base.gate, transactions: base.transactions, cursors: base.cursors,
                    news: heard, streams: streams, seats: StreamSeats(max: seats)))
            base.serve(routes)
            try await base.script(
                """
                insert into accounts.users (id, email, email_folded, password_hash, full_name, roles, permissions)
                select x.id, x.name || '@example.org', x.name || '@example.org', '-', x.name, x.roles::text[], x.permissions::text[]
                  from (values (1, 'Asha', '{customer}', '{}'), (2, 'Binu', '{customer,seller}', '{}'),
                               (3, 'Chitra', '{admin}', '{refunds:write}'), (4, 'Dev', '{admin}', '{logs:read}')) x(id, name, roles, permissions);
                insert into sellers.sellers (id, owner_user_id, slug, business_name, status) values (11, 2, 'loom', 'Loom', 'active');
                insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'home', 'Home', '{home}', '{1}');
                insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
                values (41, 11, 1, 'rug', 'Rug', 'approved', '5702', 1800)
                """)
            let ids = base.ids
            try await body(
                NoticesFixture(
                    base: base, heard: heard,
                    publisher: OutboxPublisher(
                        executor: base.loop, pool: base.pool,
                        subscribers: [TellReaders(newID: { ids.next() }, news: heard).subscriber], logger: base.logger),
                    streams: streams, routes: routes,
                    asha: try await base.token(of: 1), binu: try await base.token(of: 2, roles: [.customer, .seller])))
        }
    }

    /// Something happens, and is handed on.
    func happen(_ type: String, _ aggregate: Int64 = 21, _ sequence: Int32 = 1, _ payload: String) async throws {
        try await OutboxStore.append(
            OutboxEvent(
                type: type, aggregateType: "x", aggregateID: aggregate, sequence: sequence,
                payload: Array(payload.utf8)), in: base.pool)
        await publisher.run()
    }

    /// Orders of Asha's, numbered from `first`, are confirmed.
    func confirm(_ count: Int, first: Int64 = 71) async throws {
        for number in first..<(first + Int64(count)) {
            try await happen(
                "order.confirmed", number, 2,
                #"{"order_id":\#(number),"user_id":1,"total_minor":12990000,"currency":"INR"}"#)
        }
    }

    /// `user notice` of everything that was told, in order.
    func told() async throws -> String {
        try await base.row(
            """
            select coalesce(string_agg(user_id || ' ' || notice, ', ' order by user_id, seq), '-') from notifications.notifications
            """)
    }

    /// `user template` of every mail that is owed.
    func mails() async throws -> String {
        try await base.row(
            """
            select coalesce(string_agg((payload->>'user') || ' ' || (payload->>'template'), ', ' order by payload->>'user', key), '-')
              from platform.jobs where kind = 'mail.send'
            """)
    }

    func get(_ path: String, token: String? = nil, language: String? = nil) async throws -> TestClient.Answer {
        try await base.send(
            "GET", "/api/notifications/\(path)", token: token ?? asha,
            headers: language.map { [("Accept-Language", $0)] } ?? [])
    }

    func post(
        _ path: String, _ body: String, token: String? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        try await base.send("POST", "/api/notifications/\(path)/", body, token: token ?? asha, key: key)
    }

    /// The ids of Asha's notifications, the newest first.
    func ids() async throws -> [String] {
        try await get("list/").json["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
    }

    func unread() async throws -> Int? {
        try await get("unread-count/").json["unread_count"]?.int
    }

    /// What must hold; 0 where it does.
    func broken() async throws -> Int {
        try await base.pool.query("select sum(value)::bigint from platform.invariants_of_notifications_v1()").only()
            .int(0)
    }
}
