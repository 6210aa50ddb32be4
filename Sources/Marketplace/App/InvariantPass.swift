// SPDX-License-Identifier: Apache-2.0
import Postgres
import UVRuntime

/// One turn of the invariants' upkeep: what is new first, then slices of everything, in small steps and for a bounded time.
///
/// Where each area got to stands in the database, so that whoever leads next goes on there. A small shop is seen wholly in one
/// turn; one of ten million orders in some hours. `mve check` reads everything at once.
///
/// It makes room for the shop: after each step it rests for longer than the step took, steps that take long become smaller, and
/// while much is new the slices get a fifth of their time; a quiet minute gives it back. What is looked at stays the same.
struct InvariantPass {
    let store: InvariantStore
    let clock: any LoopClock
    /// Which slice begins, so that none is left out where a turn ends before all had theirs.
    let turn: Int
    /// Parks the turn for a while; where it throws, the loop ends, and the turn with it.
    let rest: @Sendable (Duration) async throws -> Void

    /// What happened since the last turn.
    static let windows = ["events", "new_orders"]
    /// Whole tables by key.
    static let slices = [
        "orders", "seller_orders", "lines", "payments", "provider_payments", "entries", "ledger_lines", "ledger_orders",
        "order_parts", "order_moves", "order_refunds", "notified", "variants", "products", "stock", "ledger_sums",
        "reviews", "review_products", "review_sellers",
    ]
    /// Rows of a step: some tens of milliseconds of a connection, and of one statement's snapshot.
    static let stepRows = 2000
    /// Fewer would cost more for the statement than for its rows.
    static let stepRowsMin = 250
    /// A step that takes longer is followed by one of half as many rows; one that takes a quarter of it, by one of twice as many.
    static let stepTime: Duration = .milliseconds(60)
    /// Work of a turn, checked between steps. With a turn a minute one connection works for a twelfth of the time at most.
    static let budget: Duration = .seconds(5)
    /// What slices get of it where much is new: a whole round of them takes longer then.
    static let busyBudget: Duration = .seconds(1)
    /// A step is followed by a rest of so many times what it took: the turn takes a quarter of one connection while it lasts, and less
    /// than half a minute.
    static let restFactor = 3
    /// One slow step does not stop the turn for longer.
    static let restMax: Duration = .milliseconds(500)

    /// How much was looked at.
    struct Count: Equatable {
        var steps = 0
        var rows = 0
    }

    /// - Throws: `PostgresError`; what was looked at before it counts.
    func run() async throws(PostgresError) -> Count {
        var count = Count()
        // Half of the time at most, so that a busy shop's slices go on, too.
        let spent = try await work(Self.windows, for: Self.budget / 2, &count)
        let first = turn % Self.slices.count
        let time = max(Self.busyBudget, Self.budget - spent * 4)
        _ = try await work(Array(Self.slices[first...] + Self.slices[..<first]), for: time, &count)
        return count
    }

    /// A step of each area in turns, until each has come to its end or the time is over; how long the steps took.
    private func work(
        _ areas: [String], for time: Duration, _ count: inout Count
    ) async throws(PostgresError) -> Duration {
        var spent: Duration = .zero
        var left = areas.map { (area: $0, rows: Self.stepRows) }
        while !left.isEmpty {
            var unfinished: [(area: String, rows: Int)] = []
            for (area, rows) in left {
                guard spent < time else { return spent }
                let begin = clock.now
                let step = try await store.step(area, rows: rows)
                let took = Duration.nanoseconds(clock.now - begin)
                spent += took
                count.steps += 1
                count.rows += step.rows
                if !step.isFinished { unfinished.append((area, Self.next(rows, after: took))) }
                do {
                    try await rest(min(took * Self.restFactor, Self.restMax))
                } catch {
                    return max(spent, time)
                }
            }
            left = unfinished
        }
        return spent
    }

    /// How many rows the step after one of `rows` has.
    static func next(_ rows: Int, after took: Duration) -> Int {
        if took > stepTime { return max(rows / 2, stepRowsMin) }
        return took < stepTime / 4 ? min(rows * 2, stepRows) : rows
    }
}
