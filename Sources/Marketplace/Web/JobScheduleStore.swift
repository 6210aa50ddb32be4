// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Schedules, through the functions of migration 0071.
struct JobScheduleStore: Sendable {
    let postgres: any PostgresClient

    /// Says which schedules there are; one whose plan is another than before is planned anew.
    func declare(_ schedules: [JobSchedule]) async throws(PostgresError) {
        try await postgres.execute(
            "select platform.declare_schedules_v1($1, $2, $3, $4, $5)", schedules.map(\.name), schedules.map(\.kind),
            schedules.map(\.everySeconds), schedules.map(\.dailyAt), schedules.map(\.zone))
    }

    /// Owes the jobs of due schedules; returns how many.
    func run() async throws(PostgresError) -> Int {
        try await postgres.query("select platform.run_schedules_v1()").only().int(0)
    }
}
