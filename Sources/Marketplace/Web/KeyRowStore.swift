// SPDX-License-Identifier: Apache-2.0
internal import Actors
internal import MarketCore
internal import Postgres

/// The key row of an ordinary write endpoint, claimed and finished inside the transaction of its effect.
struct KeyRowStore: Sendable {
    let transaction: PostgresTransaction

    /// Claims the key for this transaction; takes an expired row over.
    ///
    /// Waits for another transaction that holds the same key, up to the session's lock time-out (55P03): the waiter keeps a
    /// connection of the pool, and the process lets one request per key come this far.
    ///
    /// - Parameter lease: for a route that commits its claim before it calls a provider: how long the claim stands without
    ///   an answer. Past it the same request takes it over (contract C11); nil for a claim that is finished where it is made.
    /// - Returns: nil when it is ours now, else what the row says.
    func claim(_ claim: KeyClaim, lease: Duration? = nil) async throws(PostgresError) -> KeyState? {
        let claimed = try await transaction.first(
            """
            insert into platform.idempotency_keys as k
              (digest, request_hash, state, user_id, created_at, expires_at, lease_until)
            values ($1, $2, 0, $3, now(), now() + make_interval(secs => $4), now() + make_interval(secs => $5))
            on conflict (digest) do update
               set request_hash = excluded.request_hash, state = 0, status = null, headers = null, body = null,
                   user_id = excluded.user_id, created_at = excluded.created_at, expires_at = excluded.expires_at,
                   lease_until = excluded.lease_until
             where (k.expires_at < now() and (k.lease_until is null or k.lease_until < now()))
                or (k.state = 0 and k.request_hash = excluded.request_hash and k.lease_until < now())
            returning 1
            """, claim.digest.bytes, claim.fingerprint.bytes, claim.user?.rawValue,
            Double(claim.retention.components.seconds), lease.map { Double($0.components.seconds) })
        if claimed != nil { return nil }
        let found = try await transaction.first(
            "select state, request_hash, status, headers, body from platform.idempotency_keys where digest = $1",
            claim.digest.bytes)
        // Given back in between by whoever had it: who comes again finds it free.
        guard let row = found else { return .started(fingerprint: claim.fingerprint) }
        let fingerprint = Hash32(try row.bytes(1)) ?? claim.fingerprint
        guard try row.int16(0) == 1, let status = try row.int16OrNil(2) else {
            return .started(fingerprint: fingerprint)
        }
        let fields = try row.bytesOrNil(3) ?? []
        let body = try row.bytesOrNil(4) ?? []
        guard let answer = StoredAnswer(status: Int(status), fieldBytes: fields, body: body) else {
            throw PostgresError(.decoding, outcome: .unknown, "a key row's header fields are malformed")
        }
        return .finished(fingerprint: fingerprint, answer)
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

    /// Gives back a key that was claimed in an earlier transaction and not finished.
    func releaseClaimed(_ claim: KeyClaim) async throws(PostgresError) {
        try await transaction.execute(
            "delete from platform.idempotency_keys where digest = $1 and request_hash = $2 and state = 0",
            claim.digest.bytes, claim.fingerprint.bytes)
    }
}
