// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// Reads the database's clock.
struct ClockStore {
    let client: any PostgresClient

    /// How far a clock is from the database's, beyond what the round trip explains.
    func offset(of clock: some WallClock) async throws -> Duration {
        let before = clock.now()
        let row = try await client.query("select clock_timestamp()", timeout: .seconds(1)).only()
        let after = clock.now()
        let theirs = Timestamp(microseconds: try row.timestamp(0))
        if theirs < before { return before - theirs }
        return theirs > after ? theirs - after : .zero
    }
}
