// SPDX-License-Identifier: Apache-2.0
import Postgres
import UVRuntime

/// One turn of the invariants' upkeep: what is new first, then slices of everything, in small steps and for a bounded time.
///
/// Where each area got to stands in the database, so that whoever leads next goes on there. A small shop is seen wholly in one
/// turn; one of ten million orders in some hours, at the same price a turn. `mve check` reads everything at once.
struct InvariantPass {
    let store: InvariantStore
    let clock: any LoopClock
    /// Which slice begins, so that none is left out where a turn ends before all had theirs.
    let turn: Int

    /// What happened since the last turn.
    static let windows = ["events", "new_orders"]
    /// Whole tables by key.
    static let slices = [
        "orders", "seller_orders", "lines", "payments", "provider_payments", "entries", "ledger_lines", "ledger_orders",
        "order_parts", "order_refunds", "notified", "variants", "products", "stock",
    ]
    /// Rows of a step: some tens of milliseconds of a connection, and of one statement's snapshot.
    static let stepRows = 2000
    /// Of a turn, checked between steps. With a turn a minute one connection is busy for a twelfth of the time at most.
    static let budget: Duration = .seconds(5)

    /// How much was looked at.
    struct Count: Equatable {
        var steps = 0
        var rows = 0
    }

    /// - Throws: `PostgresError`; what was looked at before it counts.
    func run() async throws(PostgresError) -> Count {
        var count = Count()
        let begin = clock.now
        let whole = UInt64(Self.budget.wholeMilliseconds) * 1_000_000
        // Half of the time at most, so that a busy shop's slices go on, too.
        try await work(Self.windows, until: begin + whole / 2, &count)
        let first = turn % Self.slices.count
        try await work(Array(Self.slices[first...] + Self.slices[..<first]), until: begin + whole, &count)
        return count
    }

    /// A step of each area in turns, until each has come to its end or the time is over.
    private func work(_ areas: [String], until end: UInt64, _ count: inout Count) async throws(PostgresError) {
        var left = areas
        while !left.isEmpty {
            var unfinished: [String] = []
            for area in left {
                guard clock.now < end else { return }
                let step = try await store.step(area, rows: Self.stepRows)
                count.steps += 1
                count.rows += step.rows
                if !step.isFinished { unfinished.append(area) }
            }
            left = unfinished
        }
    }
}
