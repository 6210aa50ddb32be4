// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Calls of the provider that are owed, through the function of migration 0122.
enum ProviderCallStore {
    /// Owes calls again that no job makes, of each kind so many at most; returns how many.
    static func resume(limit: Int, in client: some PostgresClient) async throws -> Int {
        try await client.query("select checkout.resume_provider_calls_v1($1)", Int32(clamping: limit)).only().int(0)
    }
}
