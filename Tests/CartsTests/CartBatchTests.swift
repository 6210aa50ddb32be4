// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import MarketHTTP

/// Changes of carts that share their transaction, over a real database: what others hold, and what fails.
@Suite(.timeLimit(.minutes(5))) struct CartBatchTests {
    /// The digest of a key of the user's, on `POST /api/cart/add/`.
    private static func digest(_ key: String, _ shop: CartsFixture) throws -> Hash32 {
        IdempotencyScope.digest(
            principal: .user(shop.user), method: "POST", route: "/api/cart/add/",
            key: try IdempotencyKey(fieldValue: key))
    }

    /// Sends a change under a key that another process works on, with neighbours that have their answers while it waits; then
    /// the other process does what `ending` says and commits.
    private static func held(
        _ shop: CartsFixture, _ variant: VariantID, key: String,
        ending: @escaping @Sendable (PostgresTransaction, Hash32) async throws -> Void = { _, _ in }
    ) async throws -> TestClient.Answer {
        let digest = try digest(key, shop)
        let task = try await shop.pool.withTransaction { transaction in
            let lock = try await transaction.query("select pg_try_advisory_xact_lock($1)", digest.lockKey).only()
            let isHeld = try lock.bool(0)
            #expect(isHeld)
            let task = Task { try await add(shop, variant, key: key) }
            try await guests(shop, variant, 20)
            try await ending(transaction, digest)
            return task
        }
        return try await task.value
    }

    private static func add(_ shop: CartsFixture, _ variant: VariantID, key: String) async throws -> TestClient.Answer {
        try await shop.post("add", #"{"variant_id":"\#(variant)","quantity":1}"#, key: key)
    }

    /// Guests with carts of their own, all at once.
    private static func guests(_ shop: CartsFixture, _ variant: VariantID, _ count: Int) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await shop.post("add", #"{"variant_id":"\#(variant)","quantity":1}"#, isUsers: false).status
                }
            }
            for try await status in group { #expect(status == 200) }
        }
    }

    /// Finishes a key as the other process, with its own answer.
    private static func finish(
        _ transaction: PostgresTransaction, _ digest: Hash32, fingerprint: [UInt8]
    ) async throws {
        _ = try await transaction.query(
            """
            insert into platform.idempotency_keys (digest, request_hash, state, status, headers, body, created_at, expires_at)
            values ($1, $2, 1, 200, $3, 'by the other one', now(), now() + interval '1 day')
            """, digest.bytes, fingerprint, StoredAnswer(status: 200, fields: [], body: []).fieldBytes)
    }

    @Test func aKeyThatIsGivenBackIsWaitedFor() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let added = try await Self.held(shop, rug, key: "cart-batch-0001")
            #expect(added.status == 200 && !added.isReplay)
            #expect(try shop.lines(added) == ["\(rug) × 1"])
            let again = try await Self.add(shop, rug, key: "cart-batch-0001")
            #expect(again.isReplay && again.body == added.body)
        }
    }

    @Test func aKeyThatIsFinishedMeanwhileIsReplayed() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            // The same request under another key has the same fingerprint.
            _ = try await Self.add(shop, rug, key: "cart-batch-first")
            let fingerprint = try await shop.pool.query(
                "select request_hash from platform.idempotency_keys where digest = $1",
                try Self.digest("cart-batch-first", shop).bytes
            ).only().bytes(0)
            let replay = try await Self.held(shop, rug, key: "cart-batch-0002") {
                try await Self.finish($0, $1, fingerprint: fingerprint)
            }
            #expect(replay.status == 200 && replay.isReplay)
            #expect(replay.text == "by the other one")
            let cart = try await shop.get()
            #expect(try shop.lines(cart) == ["\(rug) × 1"])
        }
    }

    @Test func aKeyThatIsFinishedByAnotherRequestIsReused() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let reused = try await Self.held(shop, rug, key: "cart-batch-0003") {
                try await Self.finish($0, $1, fingerprint: [UInt8](repeating: 1, count: 32))
            }
            #expect(reused.status == 409 && reused.code == "idempotency-key-reused")
            let cart = try await shop.get()
            #expect(try shop.lines(cart) == [])
        }
    }

    /// The bound is 10 s in a server; what is said after it does not depend on it.
    @Test func aKeyThatStaysBusyIsInProgress() async throws {
        let limits = CartLimits(writes: CartWriteLimits(keyWaiting: .milliseconds(20)))
        try await CartsFixture.with(limits: limits) { shop in
            let rug = try shop.offer(1)
            let digest = try Self.digest("cart-batch-0004", shop)
            let answer = try await shop.pool.withTransaction { transaction in
                _ = try await transaction.query("select pg_try_advisory_xact_lock($1)", digest.lockKey)
                return try await Self.add(shop, rug, key: "cart-batch-0004")
            }
            #expect(answer.status == 409 && answer.code == "idempotency-in-progress")
            #expect(answer.header("Retry-After") == "1")
            let later = try await Self.add(shop, rug, key: "cart-batch-0004")
            #expect(later.status == 200 && !later.isReplay)
        }
    }

    /// A row that can never be written is found among its neighbours.
    @Test func aChangeThatCannotBeWrittenFailsAlone() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2))
            try await shop.pool.execute("alter table carts.cart_lines add constraint no_lamps check (variant_id <> 2)")
            let task = Task { try await Self.add(shop, lamp, key: "cart-batch-0005") }
            try await Self.guests(shop, rug, 20)
            let failed = try await task.value
            #expect(failed.status == 500)
            let guests = try await shop.pool.query(
                "select count(*) from carts.carts where token_hash is not null and version = 2"
            ).only().int(0)
            #expect(guests == 20)
            let mine = try await shop.pool.query("select version from carts.carts where user_id = 7").only().int64(0)
            #expect(mine == 1)
            let added = try await Self.add(shop, rug, key: "cart-batch-0006")
            #expect(added.status == 200, "and its cart is as good as before")
        }
    }

    /// Serialization failures and deadlocks: the first attempts fail, the sequence outlives their rollback.
    @Test(arguments: ["40001", "40P01"]) func aFailedTransactionIsTriedAgain(state: String) async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            try await shop.pool.execute("create sequence public.attempts")
            try await shop.pool.execute("create table public.failure (state text)")
            try await shop.pool.execute("insert into public.failure values ($1)", state)
            try await shop.pool.execute(
                """
                create function public.fail_first() returns trigger language plpgsql as $$
                begin
                  if nextval('public.attempts') <= 2 then
                    raise exception 'not now' using errcode = (select state from public.failure);
                  end if;
                  return new;
                end $$
                """)
            try await shop.pool.execute(
                """
                create trigger fail_first before insert on carts.cart_lines
                  for each row execute function public.fail_first()
                """)
            let added = try await Self.add(shop, rug, key: "cart-batch-0007")
            #expect(added.status == 200 && !added.isReplay)
        }
    }

    /// Nobody waits for a cart that is locked by hand, and it is not in doubt: a retry finds it.
    @Test func aLockedCartFailsAloneWithNothingDone() async throws {
        let limits = CartLimits(writes: CartWriteLimits(cartWaiting: .milliseconds(20)))
        try await CartsFixture.with(limits: limits) { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            let answer = try await shop.pool.withTransaction { transaction in
                _ = try await transaction.query("select 1 from carts.carts where user_id = 7 for update")
                let task = Task { try await Self.add(shop, rug, key: "cart-batch-0008") }
                try await Self.guests(shop, rug, 20)
                return try await task.value
            }
            #expect(answer.status == 503 && answer.header("Retry-After") == "1")
            let later = try await Self.add(shop, rug, key: "cart-batch-0008")
            #expect(later.status == 200 && !later.isReplay)
            #expect(try shop.lines(later) == ["\(rug) × 2"])
        }
    }
}
