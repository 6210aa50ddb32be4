// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of second factors.
extension AccountsStore {
    /// A user's second factor.
    struct SecondFactor: Sendable {
        let sealed: [UInt8]
        /// A first code has proved that the user has it.
        let isEnrolled: Bool
        /// The newest step whose code was taken.
        let lastStep: Int64
    }

    /// The second factor of a user; nil without one.
    static func secondFactor(
        of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> SecondFactor? {
        let row = try await client.first(
            "select secret, enrolled_at is not null, last_step from accounts.second_factors where user_id = $1",
            user.rawValue)
        guard let row else { return nil }
        return SecondFactor(sealed: try row.bytes(0), isEnrolled: try row.bool(1), lastStep: try row.int64(2))
    }

    /// Begins to enrol, in place of an earlier beginning; false where one is enrolled.
    static func beginSecondFactor(
        _ sealed: [UInt8], of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.first(
            """
            insert into accounts.second_factors as f (user_id, secret) values ($1, $2)
            on conflict (user_id) do update set secret = excluded.secret, created_at = now(), last_step = 0
             where f.enrolled_at is null
            returning user_id
            """, user.rawValue, sealed) != nil
    }

    /// Enrols with the step of the first code; false where it is enrolled already.
    static func enrolSecondFactor(
        of user: UserID, step: Int64, recovery: [[UInt8]], in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        let row = try await transaction.first(
            """
            update accounts.second_factors set enrolled_at = now(), last_step = $2
             where user_id = $1 and enrolled_at is null returning user_id
            """, user.rawValue, step)
        guard row != nil else { return false }
        try await transaction.execute("delete from accounts.recovery_codes where user_id = $1", user.rawValue)
        try await transaction.execute(
            "insert into accounts.recovery_codes (user_id, code_hash) select $1, unnest($2::bytea[])", user.rawValue,
            recovery)
        return true
    }

    /// Takes a step's code, once; of two at a time one is refused.
    static func takeStep(
        _ step: Int64, of user: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        try await transaction.first(
            "update accounts.second_factors set last_step = $2 where user_id = $1 and last_step < $2 returning user_id",
            user.rawValue, step) != nil
    }

    /// Whether a recovery code is there and unused.
    static func hasRecovery(
        _ hash: [UInt8], of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.first(
            "select 1 from accounts.recovery_codes where user_id = $1 and code_hash = $2 and used_at is null",
            user.rawValue, hash) != nil
    }

    /// Takes a recovery code, once.
    static func takeRecovery(
        _ hash: [UInt8], of user: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        try await transaction.first(
            """
            update accounts.recovery_codes set used_at = now()
             where user_id = $1 and code_hash = $2 and used_at is null returning user_id
            """, user.rawValue, hash) != nil
    }
}
