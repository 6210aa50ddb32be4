// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import UVRuntime

extension PostgresPool {
    /// An exclusive connection; give it back with `release`.
    func acquire() async throws(PostgresError) -> PostgresConnection {
        let waiter = WaitQueue<PostgresConnection>.Waiter()
        do {
            return try await withTaskCancellationHandler {
                // Decided inside the continuation: nothing may come between the look and the parking.
                try await withLoopContinuation { continuation in
                    if let refusal = refusal(waiting: waiting.count) {
                        refuse(refusal, continuation)
                    } else if let connection = idle.popLast() {
                        PostgresMetrics.leave(.idle)
                        lend(connection)
                        continuation.resume(returning: connection)
                    } else {
                        waiting.add(waiter, continuation, deadline: acquireDeadline)
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

    /// Takes an exclusive connection back, for the next in line.
    func release(_ connection: PostgresConnection) {
        guard lent.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        PostgresMetrics.leave(.busy)
        let isUsable = connection.assumeIsolated { $0.isOpen && $0.isIdle }
        if isUsable, !isClosed {
            offer(connection)
        } else {
            connection.assumeIsolated { $0.close() }
            openWhatIsNeeded()
        }
        checkClosed()
    }

    private func offer(_ connection: PostgresConnection) {
        if waiting.give(connection) {
            lend(connection)
        } else {
            idle.append(connection)
            PostgresMetrics.enter(.idle)
        }
    }

    private func lend(_ connection: PostgresConnection) {
        lent[ObjectIdentifier(connection)] = connection
        PostgresMetrics.enter(.busy)
    }

    var acquireDeadline: UInt64 {
        loop.now &+ configuration.limits.acquireTimeout.wholeMilliseconds &* 1_000_000
    }

    func refusal(waiting count: Int) -> PostgresError? {
        if isClosed { return PostgresError(.closed, outcome: .notExecuted, "the pool was closed") }
        if Task.isCancelled { return Self.cancelled }
        if count >= configuration.limits.waiters {
            return PostgresError(.overloaded, outcome: .notExecuted, "too many callers wait for a connection")
        }
        return nil
    }

    func refuse<Value>(_ error: PostgresError, _ continuation: LoopContinuation<Value>) {
        PostgresMetrics.count(error)
        continuation.resume(throwing: error)
    }

    static var cancelled: PostgresError {
        PostgresError(.cancelled, outcome: .notExecuted, "the task was cancelled while it waited for a connection")
    }

    private func cancel(_ waiter: WaitQueue<PostgresConnection>.Waiter) {
        waiting.remove(waiter, Self.cancelled)
    }

    /// One timer for all that wait.
    func armExpiry() {
        guard expiryTimer == nil else { return }
        let deadlines = [waiting.nextDeadline, laneWaiting.nextDeadline].compactMap { $0 }
        guard let next = deadlines.min() else { return }
        let now = loop.now
        expiryTimer = loop.schedule(after: .nanoseconds(Int64(clamping: next > now ? next - now : 0))) {
            self.assumeIsolated { $0.expire() }
        }
    }

    private func expire() {
        expiryTimer = nil
        let error = acquireTimeout
        let before = waiting.count + laneWaiting.count
        waiting.expire(now: loop.now, error)
        laneWaiting.expire(now: loop.now, error)
        for _ in waiting.count + laneWaiting.count..<before { PostgresMetrics.count(error) }
        armExpiry()
    }

    private var acquireTimeout: PostgresError {
        let reason = lastFailure.map { ": \($0.message)" } ?? ""
        return PostgresError(
            .acquireTimeout, outcome: .notExecuted, "no connection came free in time\(reason)",
            server: lastFailure?.server)
    }

    /// Opens connections for those that wait, within the limits and not during a pause.
    func openWhatIsNeeded() {
        guard !isClosed, !isPausing else { return }
        let limits = configuration.limits
        while connecting < waiting.count, idle.count + lent.count + connecting < limits.connections {
            connecting += 1
            open(isLane: false)
        }
        // All lanes as soon as anybody reads, and again after a loss: a read takes the one with the least to do.
        while readsAreWanted, lanes.count + connectingLanes < limits.readConnections {
            connectingLanes += 1
            open(isLane: true)
        }
    }

    private func open(isLane: Bool) {
        PostgresMetrics.enter(.connecting)
        var configuration = self.configuration
        if isLane { configuration.isReadOnly = true }
        let settings = configuration
        Task {
            let result: Result<PostgresConnection, PostgresError>
            do throws(PostgresError) {
                result = .success(try await PostgresConnection.connect(settings, on: loop))
            } catch {
                result = .failure(error)
            }
            opened(result, isLane: isLane)
        }
    }

    private func opened(_ result: Result<PostgresConnection, PostgresError>, isLane: Bool) {
        PostgresMetrics.leave(.connecting)
        if isLane { connectingLanes -= 1 } else { connecting -= 1 }
        switch result {
        case .failure(let error):
            failed(error)
        case .success(let connection):
            backOff.succeeded()
            lastFailure = nil
            let wasLost = connection.assumeIsolated { connection -> Bool in
                connection.onClose = { connection in self.assumeIsolated { $0.lost(connection) } }
                return !connection.isOpen
            }
            if isClosed || wasLost {
                connection.assumeIsolated { connection in
                    connection.onClose = nil
                    connection.close()
                }
                openWhatIsNeeded()
            } else if isLane {
                addLane(connection)
            } else {
                offer(connection)
            }
        }
        checkClosed()
    }

    private func failed(_ error: PostgresError) {
        lastFailure = error
        guard !isClosed, !isPausing else { return }
        let pause = backOff.failed(using: &random)
        configuration.logger.warning(
            "postgres: connecting failed", metadata: ["error": "\(error)", "pause": "\(pause)"])
        isPausing = true
        _ = loop.schedule(after: pause) {
            self.assumeIsolated { pool in
                pool.isPausing = false
                pool.openWhatIsNeeded()
            }
        }
    }

    /// A connection ended: closed by its user, by a deadline, or by the server.
    private func lost(_ connection: PostgresConnection) {
        if let position = idle.firstIndex(where: { $0 === connection }) {
            idle.remove(at: position)
            PostgresMetrics.leave(.idle)
        }
        if let position = lanes.firstIndex(where: { $0.connection === connection }) {
            lanes.remove(at: position).isLost = true
            PostgresMetrics.leave(.reading)
        }
        if !isClosed {
            let reason = connection.assumeIsolated { $0.closeError?.description } ?? ""
            configuration.logger.warning("postgres: connection lost", metadata: ["error": "\(reason)"])
        }
        // A lent one counts until its user gives it back.
        openWhatIsNeeded()
        checkClosed()
    }
}
