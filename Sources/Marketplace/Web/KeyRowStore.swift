// SPDX-License-Identifier: Apache-2.0
internal import Actors
internal import MarketCore
internal import Postgres

/// The key row of an ordinary write endpoint, claimed and finished inside the transaction of its effect.
///
/// Who works on a key holds its advisory lock, the one of the batches and of refusals that are written behind, until the
/// transaction ends. It is only ever tried for: nobody waits on a connection. Beside it stands a shared lock that says with
/// which request, since an uncommitted row cannot be read.
struct KeyRowStore: Sendable {
    let transaction: PostgresTransaction

    /// What a key's row said.
    enum Claim: Sendable {
        /// It is ours now; `number` tells this claim from every other one of the key, for those that outlive their transaction.
        case ours(number: Int64)
        /// It is finished.
        case finished(fingerprint: Hash32, StoredAnswer, remaining: Duration)
        /// Somebody works on it, or begins to.
        case busy
        /// Somebody works on it with another request.
        case busyWithAnother
    }

    /// Claims the key for this transaction; takes an expired row over. Never waits for who has the key.
    ///
    /// - Parameter lease: for a route that commits its claim before it calls a provider: how long the claim stands without
    ///   an answer. Past it the same request takes it over (contract C11); nil for a claim that is finished where it is made.
    /// - Throws: `Busy` where whoever finishes or gives back an earlier claim keeps the row locked; the transaction is lost then.
    func claim(_ claim: KeyClaim, lease: Duration? = nil) async throws -> Claim {
        do throws(PostgresError) {
            return try await tried(claim, lease)
        } catch {
            guard error.errorClass == .lockTimeout else { throw error }
            throw Busy()
        }
    }

    /// Ends a transaction whose key is busy.
    struct Busy: Error {}

    private func tried(_ claim: KeyClaim, _ lease: Duration?) async throws(PostgresError) -> Claim {
        let claimed = try await transaction.first(
            """
            insert into platform.idempotency_keys as k
              (digest, request_hash, state, user_id, created_at, expires_at, lease_until, claim)
            select $1::bytea, $2::bytea, 0, $3::bigint, now(), now() + make_interval(secs => $4::float8),
                   now() + make_interval(secs => $5::float8), pg_current_xact_id()::text::bigint
             where case when pg_try_advisory_xact_lock($6::bigint)
                   then pg_try_advisory_xact_lock_shared($7::int, $8::int) else false end
            on conflict (digest) do update
               set request_hash = excluded.request_hash, state = 0, status = null, headers = null, body = null,
                   user_id = excluded.user_id, created_at = excluded.created_at, expires_at = excluded.expires_at,
                   lease_until = excluded.lease_until, claim = excluded.claim
             where (k.expires_at < now() and (k.lease_until is null or k.lease_until < now()))
                or (k.state = 0 and k.request_hash = excluded.request_hash and k.lease_until < now())
            returning claim
            """, claim.digest.bytes, claim.fingerprint.bytes, claim.user?.rawValue,
            Double(claim.retention.components.seconds), lease.map { Double($0.components.seconds) },
            claim.digest.lockKey, claim.requestLock.key, claim.requestLock.request)
        if let claimed { return .ours(number: try claimed.int64(0)) }
        return try await state(claim)
    }

    /// What became of a transaction that claimed the key and whose COMMIT was not answered.
    ///
    /// Its backend holds the key's lock until it is gone; an absent row is proof only to who has the lock.
    ///
    /// - Returns: nil when it was rolled back.
    func settled(_ claim: KeyClaim) async throws(PostgresError) -> Claim? {
        let lock = try await transaction.first(
            "select pg_try_advisory_xact_lock($1)", claim.digest.lockKey)
        guard try lock?.bool(0) == true else { return .busy }
        // A statement of its own, whose snapshot is younger than the lock.
        return try await row(claim)
    }

    private func state(_ claim: KeyClaim) async throws(PostgresError) -> Claim {
        if let found = try await row(claim) { return found }
        // Uncommitted; or given back in between by whoever had it: who comes again finds it free.
        let others = try await transaction.first(
            """
            with held as materialized (
              select pid, classid::bigint as class, objid::bigint as object, objsubid from pg_locks
               where locktype = 'advisory' and granted
                 and database = (select oid from pg_database where datname = current_database()))
            select 1 from held k join held r on r.pid = k.pid
             where k.objsubid = 1 and k.class = $1 and k.object = $2
               and r.objsubid = 2 and r.class = $3 and r.object <> $4
            """, claim.digest.lockKey >> 32 & 0xFFFF_FFFF, claim.digest.lockKey & 0xFFFF_FFFF,
            Int64(UInt32(bitPattern: claim.requestLock.key)), Int64(UInt32(bitPattern: claim.requestLock.request)))
        return others == nil ? .busy : .busyWithAnother
    }

    /// The row as it is committed; nil when there is none that counts.
    private func row(_ claim: KeyClaim) async throws(PostgresError) -> Claim? {
        let found = try await transaction.first(
            """
            select state, request_hash, status, headers, body, extract(epoch from expires_at - now())::float8
              from platform.idempotency_keys
             where digest = $1 and (expires_at > now() or lease_until > now())
            """, claim.digest.bytes)
        guard let found else { return nil }
        let fingerprint = Hash32(try found.bytes(1)) ?? claim.fingerprint
        guard try found.int16(0) == 1, let status = try found.int16OrNil(2) else {
            return fingerprint == claim.fingerprint ? .busy : .busyWithAnother
        }
        let fields = try found.bytesOrNil(3) ?? []
        guard let answer = StoredAnswer(status: Int(status), fieldBytes: fields, body: try found.bytesOrNil(4) ?? [])
        else {
            throw PostgresError(.decoding, outcome: .unknown, "a key row's header fields are malformed")
        }
        return .finished(fingerprint: fingerprint, answer, remaining: .seconds(try found.double(5)))
    }

    /// Marks the place to which a refusal returns: the key stays claimed, its effects go.
    func mark() async throws(PostgresError) {
        try await transaction.execute("savepoint work")
    }

    /// Undoes everything since the mark.
    func undo() async throws(PostgresError) {
        try await transaction.execute("rollback to savepoint work")
    }

    /// Writes the answer under the key.
    func finish(_ claim: KeyClaim, _ answer: StoredAnswer) async throws(PostgresError) {
        try await transaction.execute(
            """
            update platform.idempotency_keys set state = 1, status = $2, headers = $3, body = $4, lease_until = null
             where digest = $1
            """, claim.digest.bytes, Int16(clamping: answer.status), answer.fieldBytes, answer.body)
    }

    /// Writes the answer under a key that was claimed in an earlier transaction.
    ///
    /// - Returns: false when the claim is not ours any more: its lease ran out and another request finished or took it.
    func finishClaimed(_ claim: KeyClaim, _ answer: StoredAnswer) async throws(PostgresError) -> Bool {
        try await transaction.execute(
            """
            update platform.idempotency_keys set state = 1, status = $3, headers = $4, body = $5, lease_until = null
             where digest = $1 and request_hash = $2 and state = 0
            """, claim.digest.bytes, claim.fingerprint.bytes, Int16(clamping: answer.status), answer.fieldBytes,
            answer.body) == 1
    }

    /// Gives the key back: the answer is not kept, although its effect is committed.
    func release(_ claim: KeyClaim) async throws(PostgresError) {
        try await transaction.execute("delete from platform.idempotency_keys where digest = $1", claim.digest.bytes)
    }

    /// Gives back a key that was claimed in an earlier transaction and not finished; not one that the same request of another
    /// process has claimed since, nor one whose claim was rolled back and made anew.
    func releaseClaimed(_ claim: KeyClaim, number: Int64) async throws(PostgresError) {
        try await transaction.execute(
            "delete from platform.idempotency_keys where digest = $1 and claim = $2 and state = 0",
            claim.digest.bytes, number)
    }
}

extension KeyClaim {
    /// The shared lock beside the key's own: 32 further bits of the digest, and 32 of what is asked for.
    fileprivate var requestLock: (key: Int32, request: Int32) {
        (Self.word(digest.bytes[8..<12]), Self.word(fingerprint.bytes[..<4]))
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> Int32 {
        Int32(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    }
}
