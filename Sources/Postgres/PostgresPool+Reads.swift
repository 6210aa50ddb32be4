// SPDX-License-Identifier: Apache-2.0
internal import UVRuntime

/// The pool's shared reads: many in flight on one connection, one sync per loop iteration for all of them.
///
/// Sessions are read-only, so a read whose connection was lost is sent once more without asking.
/// They are on the primary like everything else: a read sees what was committed before it was sent.
public struct PostgresReads: PostgresClient {
    let pool: PostgresPool

    /// Runs one read.
    ///
    /// - Throws: as `PostgresPool.run`; 25006 for a statement that writes.
    /// - Cancellation: gives the answer up; the statement ends by itself.
    public func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        try await pool.read(call)
    }
}

extension PostgresPool {
    /// How often a read is sent when connections are lost under it.
    private static let readAttemptsMax = 2

    func read(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        var attempt = 1
        while true {
            let lane = try await acquireLane()
            do throws(PostgresError) {
                let deadline = await lane.connection.deadline(for: call)
                let rows = try await lane.connection.submit(PostgresRequest(call, isShared: true, deadline: deadline))
                laneReleased(lane)
                return rows
            } catch {
                laneReleased(lane)
                let wasLost = error.code == .connectionLost || (error.code == .closed && !isClosed)
                guard wasLost, attempt < Self.readAttemptsMax else { throw error }
                attempt += 1
            }
        }
    }

    /// The shared connection with the least to do.
    func acquireLane() async throws(PostgresError) -> Lane {
        readsAreWanted = true
        let waiter = WaitQueue<Lane>.Waiter()
        do {
            return try await withTaskCancellationHandler {
                try await withLoopContinuation { continuation in
                    if let refusal = refusal(waiting: laneWaiting.count) {
                        refuse(refusal, continuation)
                    } else if let lane = freeLane() {
                        lane.inFlight += 1
                        continuation.resume(returning: lane)
                    } else {
                        laneWaiting.add(waiter, continuation, deadline: acquireDeadline)
                        armExpiry()
                        openWhatIsNeeded()
                    }
                }
            } onCancel: {
                loop.spawn { await self.cancel(waiter) }
            }
        } catch {
            throw PostgresError.wrap(error)
        }
    }

    private func freeLane() -> Lane? {
        lanes.lazy.filter { $0.inFlight < self.configuration.limits.pipelineDepth }
            .min { $0.inFlight < $1.inFlight }
    }

    func laneReleased(_ lane: Lane) {
        lane.inFlight -= 1
        if isClosed, lane.inFlight == 0 {
            lane.connection.assumeIsolated { $0.close() }
            return
        }
        guard !lane.isLost else { return }
        serveLaneWaiters(lane)
    }

    func addLane(_ connection: PostgresConnection) {
        let lane = Lane(connection)
        lanes.append(lane)
        PostgresMetrics.enter(.reading)
        serveLaneWaiters(lane)
    }

    private func serveLaneWaiters(_ lane: Lane) {
        while lane.inFlight < configuration.limits.pipelineDepth, laneWaiting.give(lane) { lane.inFlight += 1 }
    }

    private func cancel(_ waiter: WaitQueue<Lane>.Waiter) {
        laneWaiting.remove(waiter, Self.cancelled)
    }
}
