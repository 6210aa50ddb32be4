// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// A database that hangs, dies, loses connections or refuses transactions: typed refusals while it lasts, every order once
/// afterwards, without anybody's help.
@Suite(.timeLimit(.minutes(10)), .serialized) struct DatabaseFailureTests {
    @Test func aFrozenDatabaseIsWaitedForWithinBounds() async throws {
        try await LiveShop.withOwnPostgres(stock: 100) { shop, postgres in
            let buyers = try await shop.buyers(20)
            async let orders = shop.buy(buyers)
            postgres.freeze()
            // Answered although nothing moves.
            let products = try await shop.client.get("/api/products/list/")
            LiveShop.expectToBeTriedAgain(products)
            postgres.thaw()
            for answer in try await orders where answer.status != 201 { LiveShop.expectToBeTriedAgain(answer) }
            for buyer in buyers { #expect(try await shop.buyInTheEnd(buyer).status == 201) }
            #expect(try await shop.sold() == "20|20")
        }
    }

    @Test func aKilledDatabaseComesBackWithEveryOrderOnce() async throws {
        try await LiveShop.withOwnPostgres(stock: 100) { shop, postgres in
            let buyers = try await shop.buyers(40)
            let before = try await shop.buy(Array(buyers.prefix(10)))
            #expect(RaceTests.tally(before) == ["201": 10])
            async let during = shop.buy(Array(buyers[10..<30]))
            await postgres.kill()
            let ready = try await shop.client.get("/api/health/ready/")
            #expect(ready.status == 503)
            let products = try await shop.client.get("/api/products/list/")
            LiveShop.expectToBeTriedAgain(products)
            try await postgres.restart()
            for answer in try await during where answer.status != 201 { LiveShop.expectToBeTriedAgain(answer) }
            for buyer in buyers { #expect(try await shop.buyInTheEnd(buyer).status == 201) }
            #expect(try await shop.sold() == "40|40")
            // What was acknowledged before the crash is what is there after it.
            let again = try await shop.buy(Array(buyers.prefix(10)))
            #expect(again.map(\.body) == before.map(\.body))
        }
    }

    /// With a standby that never answers, COMMIT has made its record durable and waits: a session that ends there has
    /// committed, and its client never hears of it.
    @Test func aConnectionLostInCommitPlacesTheOrderOnce() async throws {
        try await LiveShop.withOwnPostgres(stock: 100) { shop, postgres in
            let buyers = try await shop.buyers(2)
            _ = try await postgres.database.sql(
                "alter system set synchronous_standby_names = 'nobody'; select pg_reload_conf();")
            async let order = shop.buy(buyers[0])
            var ended = "0"
            while ended == "0" {
                ended = try await postgres.database.text(
                    """
                    set synchronous_commit = local;
                    select count(pg_terminate_backend(pid)) from pg_stat_activity
                     where application_name = 'mve-writer' and wait_event = 'SyncRep'
                    """)
            }
            _ = try await postgres.database.sql(
                """
                set synchronous_commit = local;
                alter system reset synchronous_standby_names; select pg_reload_conf();
                """)
            let answer = try await order
            #expect(answer.status == 201, "\(answer.text)")
            #expect(!answer.isReplay)
            let again = try await shop.buy(buyers[0])
            #expect(again.isReplay && again.body == answer.body)
            #expect(try await shop.buyInTheEnd(buyers[1]).status == 201)
            #expect(try await shop.sold() == "2|2")
        }
    }

    /// The first attempts fail as a serialization failure or a deadlock would; the sequence outlives their rollback.
    @Test(arguments: ["40001", "40P01"]) func aFailedTransactionIsTriedAgain(state: String) async throws {
        try await LiveShop.with(stock: 100) { shop in
            let buyers = try await shop.buyers(10)
            _ = try await shop.database.sql(
                """
                create sequence public.attempts;
                create function public.fail_first() returns trigger language plpgsql as $$
                begin
                  if nextval('public.attempts') <= 2 then raise exception 'not now' using errcode = '\(state)'; end if;
                  return new;
                end $$;
                create trigger fail_first before insert on orders.orders
                  for each row execute function public.fail_first();
                """)
            let answers = try await shop.buy(buyers)
            #expect(RaceTests.tally(answers) == ["201": 10])
            #expect(try await shop.sold() == "10|10")
        }
    }

    @Test func lostConnectionsAreReplaced() async throws {
        try await LiveShop.with(.init(servers: 2), stock: 100) { shop in
            let buyers = try await shop.buyers(60)
            async let orders = shop.buy(buyers)
            for _ in 0..<5 {
                _ = try await shop.database.sql(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and application_name like 'mve%'
                    """)
            }
            for answer in try await orders where answer.status != 201 { LiveShop.expectToBeTriedAgain(answer) }
            for buyer in buyers { #expect(try await shop.buyInTheEnd(buyer).status == 201) }
            #expect(try await shop.sold() == "60|60")
        }
    }
}
