// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import TestSupport
import Testing

/// How long answers are kept, by the row and by its copies.
@Suite(.timeLimit(.minutes(2))) struct RetentionTests {
    @Test(arguments: [1, 2]) func case52_aKeyIsNewAfterItsRetention(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await shop.make()
            let refund = try await shop.make(#""line-1""#, "/refunds/")
            try await shop.pass(.seconds(24 * 3600 - 30))
            let last = try await shop.make(at: shop.other)
            #expect(first.status == 201 && last.isReplay && last.body == first.body)
            // The copy that was made just now ends with the row, not an hour later.
            try await shop.pass(.seconds(60))
            let fresh = try await shop.make(at: shop.other)
            #expect(fresh.status == 201 && !fresh.isReplay && fresh.body != first.body)
            // Money is remembered longer; past that the domain guards.
            let remembered = try await shop.make(#""line-1""#, at: shop.other, "/refunds/")
            #expect(refund.status == 201 && remembered.isReplay && remembered.body == refund.body)
            try await shop.pass(.seconds(48 * 3600))
            let guarded = try await shop.make(#""line-1""#, at: shop.other, "/refunds/")
            #expect(guarded.status == 409 && !guarded.isReplay && guarded.code == "line-already-refunded")
            #expect(shop.provider.objectCount == 1)
        }
    }

    /// A request that took long makes a copy that ends with its row all the same.
    @Test func aCopyCountsFromTheClaimAndNotFromTheAnswer() async throws {
        try await SmallShop.with(1) { shop in
            shop.doorstep.shut()
            let first = Task { try await shop.make() }
            try await shop.until { shop.doorstep.came == 1 }
            try await shop.first.skip(.seconds(24 * 3600 - 60))
            shop.doorstep.open()
            let answer = try await first.value
            // The row was made when the request came.
            _ = try await shop.database.sql(
                "update platform.idempotency_keys set created_at = created_at - interval '1 day', expires_at = now();")
            try await shop.first.skip(.seconds(60))
            let again = try await shop.make()
            #expect(answer.status == 201 && again.status == 201 && !again.isReplay)
        }
    }

    private static let renew =
        "update platform.idempotency_keys set lease_until = now() + interval '1 minute' where lease_until is not null"

    @Test(arguments: [1, 2]) func case53_theReaperSparesWhatRuns(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            // A claim with a live lease whose retention is long over; one whose lease ran out with it; one that is held.
            _ = try await shop.database.sql(
                """
                insert into platform.idempotency_keys (digest, request_hash, state, created_at, expires_at, lease_until)
                select sha256(n::text::bytea), sha256('x'), 0, now() - interval '4 days', now() - interval '2 hours',
                       now() + lease from (values (1, interval '1 minute'), (2, interval '-1 minute')) v(n, lease);
                """)
            let first = try await shop.make()
            try await shop.pass(.seconds(24 * 3600 + 60))
            // Expired, but not yet for an hour.
            _ = try await shop.database.sql("\(Self.renew) and digest = sha256('1');")
            #expect(try await shop.other.reap() == 1)
            #expect(try await shop.rows("state = 1") == 1)
            // Somebody takes the dead row over while the reaper comes by: it is locked, and stays.
            try await shop.pass(.seconds(2 * 3600))
            _ = try await shop.database.sql("\(Self.renew);")
            shop.doorstep.shut()
            let second = Task { try await shop.make() }
            try await shop.until { shop.doorstep.came == 2 }
            #expect(try await shop.other.reap() == 0)
            shop.doorstep.open()
            let executed = try await second.value
            #expect(first.status == 201 && executed.status == 201 && !executed.isReplay)
            #expect(try await shop.rows("state = 1 and expires_at > now()") == 1)
            #expect(try await shop.rows("state = 0") == 1)
        }
    }

    /// The server that leads removes what is dead, without being asked.
    @Test func theLeaderReaps() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(
                """
                insert into platform.idempotency_keys (digest, request_hash, state, status, created_at, expires_at)
                select sha256(n::text::bytea), sha256('x'), 1, 204, now() - interval '2 days', now() - age
                  from generate_series(1, 1500) n, (select interval '61 minutes') a(age);
                insert into platform.idempotency_keys (digest, request_hash, state, status, created_at, expires_at)
                values (sha256('young'), sha256('x'), 1, 204, now() - interval '2 days', now() - interval '50 minutes');
                """)
            try await ServerProcess.with(.init(databaseURL: database.url)) { server in
                while try await database.sql("select count(*) from platform.idempotency_keys;").trimmed != "1" {
                    try await server.client.backOff(.milliseconds(20))
                }
            }
        }
    }
}
