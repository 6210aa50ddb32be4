// SPDX-License-Identifier: Apache-2.0
import Postgres
import UVRuntime

/// Lets few searches and filters run at once on a loop: each may read a good part of the catalogue, and anybody can think of new
/// ones that no memory holds. Who comes when too many wait is told to come back (503 `overloaded`).
///
/// - Isolation: an actor on its loop.
final actor CatalogSeats: LoopActor {
    /// Half of the connections of a loop's pool: orders and carts always find the others.
    static let count = 2
    /// Statements that may wait for a seat: a burst of ordinary ones (10 ms) is done within a fifth of a second.
    static let waitingMax = 32

    nonisolated let executor: LoopExecutor
    private var taken = 0
    private var waiting: [LoopContinuation<Void>] = []

    init(executor: LoopExecutor) {
        self.executor = executor
    }

    /// Runs `body` on a seat.
    ///
    /// - Throws: `MailboxError.overloaded` when too many wait, and for a statement that the server stopped because it took too long;
    ///   what `body` throws.
    nonisolated(nonsending) func seated<Value: Sendable>(
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        try await take()
        do {
            let value = try await body()
            await leave()
            return value
        } catch {
            await leave()
            if let error = error as? PostgresError, error.sqlstate == BoundedReadStore.stopped {
                throw MailboxError.overloaded
            }
            throw error
        }
    }

    private func take() async throws {
        if taken < Self.count {
            taken += 1
            return
        }
        guard waiting.count < Self.waitingMax else { throw MailboxError.overloaded }
        try await withLoopContinuation { waiting.append($0) }
    }

    /// Gives the seat to whoever has waited longest.
    private func leave() {
        if waiting.isEmpty { taken -= 1 } else { waiting.removeFirst().resume() }
    }
}
