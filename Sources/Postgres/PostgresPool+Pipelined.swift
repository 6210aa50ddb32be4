// SPDX-License-Identifier: Apache-2.0
internal import UVRuntime

/// Statements that commit by themselves, one behind the other on one exclusive connection of the pool: while one runs the next is
/// already there, and no second session contends with it for pages and locks.
///
/// Each has its own transaction: the error of one says nothing of the others. A lost connection is lost for all that were sent on it.
/// Behind a statement that makes no progress for `PostgresLimits.pipelinePatience` no more are sent: they get another connection.
public struct PostgresPipeline: PostgresClient {
    let pool: PostgresPool

    /// Runs one statement, committed by itself, behind those that were given before.
    ///
    /// - Throws: as `PostgresPool.run`.
    /// - Cancellation: closes the connection, so that the outcome of all that were sent on it is unknown: for work that is never
    ///   cancelled.
    public func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        try await pool.pipelined(call)
    }
}

extension PostgresPool {
    /// An exclusive connection that several statements share, from the first until the last is answered.
    // @unchecked: touched on the loop alone.
    final class Pipe: @unchecked Sendable {
        let connection: PostgresConnection
        /// Statements not yet answered; who makes a pipe sends one.
        var inFlight = 1
        /// When it was last known to come on: a statement was sent to it while it rested, or one was answered.
        var movedAt: UInt64

        init(_ connection: PostgresConnection, at now: UInt64) {
            self.connection = connection
            movedAt = now
        }
    }

    /// Statements behind one another on as few connections as their progress allows.
    public nonisolated var pipeline: PostgresPipeline { PostgresPipeline(pool: self) }

    /// Statements that follow each other now and are not answered. For checks.
    package var pipelinedCount: Int { pipe?.inFlight ?? 0 }

    func pipelined(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        let pipe = try await joinPipe()
        do throws(PostgresError) {
            let rows = try await pipe.connection.run(call)
            leave(pipe, moved: true)
            return rows
        } catch {
            // What waited for a lock in vain says nothing of those behind it, which may want the same one.
            leave(pipe, moved: error.errorClass != .lockTimeout)
            throw error
        }
    }

    private func joinPipe() async throws(PostgresError) -> Pipe {
        if let pipe = joinMovingPipe() { return pipe }
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try await acquire()
        } catch {
            // None is to be had, but the one that rested may have come on meanwhile.
            if error.code == .acquireTimeout, let pipe = joinMovingPipe() { return pipe }
            throw error
        }
        // Somebody else may have found one meanwhile; two that both start would go on beside each other.
        if let pipe = joinMovingPipe() {
            release(connection)
            return pipe
        }
        let new = Pipe(connection, at: loop.now)
        pipe = new
        return new
    }

    /// Joins the pipe, where what is sent to it now has a prospect of running soon.
    private func joinMovingPipe() -> Pipe? {
        guard !isClosed, let pipe, pipe.connection.assumeIsolated({ $0.isOpen }),
            pipe.inFlight < configuration.limits.pipelineDepth,
            loop.now &- pipe.movedAt < configuration.limits.pipelinePatience.wholeMilliseconds &* 1_000_000
        else { return nil }
        pipe.inFlight += 1
        return pipe
    }

    /// An answer came, or the connection is lost: who leaves last gives the connection back.
    private func leave(_ left: Pipe, moved: Bool) {
        left.inFlight -= 1
        if moved { left.movedAt = loop.now }
        guard left.inFlight == 0 else { return }
        if pipe === left { pipe = nil }
        release(left.connection)
    }
}
