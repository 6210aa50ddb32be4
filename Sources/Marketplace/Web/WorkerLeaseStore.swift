// SPDX-License-Identifier: Apache-2.0
public import Postgres

/// Worker numbers in `platform.workers`; the functions' own comments say what they lock.
public struct WorkerLeaseStore: Sendable {
    private let postgres: any PostgresClient

    /// Makes a store over the primary.
    public init(postgres: any PostgresClient) {
        self.postgres = postgres
    }

    /// A name for this process, of 16 bytes.
    public static func instance(_ bytes: [UInt8]) throws -> PostgresUUID {
        guard let instance = PostgresUUID(bytes: bytes) else {
            throw PostgresError(.invalidRequest, outcome: .notExecuted, "an instance's name has 16 bytes")
        }
        return instance
    }

    /// Takes a free number, with the newest millisecond in which its last holder may have made ids; nil when none is free.
    public func lease(_ instance: PostgresUUID, lifetime: Int32) async throws -> (worker: Int16, floor: Int64)? {
        let rows = try await postgres.query(
            "select worker_id, floor_ms from platform.lease_worker_v1($1, $2)", instance, lifetime)
        guard let row = rows.first else { return nil }
        return (try row.int16(0), try row.int64(1))
    }

    /// Renews a lease; false when it ran out.
    public func renew(_ worker: Int16, _ instance: PostgresUUID, lifetime: Int32) async throws -> Bool {
        try await postgres.query(
            "select platform.renew_worker_v1($1, $2, $3, 0)", worker, instance, lifetime
        ).only().bool(0)
    }

    /// Ends a lease; the next holder starts after the time at which it ends.
    public func release(_ worker: Int16, _ instance: PostgresUUID) async throws {
        _ = try await postgres.query(
            "select platform.release_worker_v1($1, $2, (extract(epoch from clock_timestamp()) * 1000)::bigint + 1000)",
            worker, instance)
    }
}
