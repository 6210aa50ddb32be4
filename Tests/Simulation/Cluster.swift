// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Synchronization
import UVRuntime

/// The processes that run now, and the network between them and their clients.
final class Cluster: Sendable {
    let executor: ManualExecutor
    let dice: Dice
    let trace: Trace
    private let state: Mutex<State>
    private let make: @Sendable (ProcessLife) -> SimulatedProcess

    private struct State {
        var slots: [SimulatedProcess?]
        var lives = 0
        var answerLossPerMille = 0
        var isHealed = false
    }

    init(
        count: Int, executor: ManualExecutor, dice: Dice, trace: Trace,
        make: @escaping @Sendable (ProcessLife) -> SimulatedProcess
    ) {
        self.executor = executor
        self.dice = dice
        self.trace = trace
        self.make = make
        state = Mutex(State(slots: Array(repeating: nil, count: count)))
    }

    var processes: [SimulatedProcess] { state.withLock { $0.slots.compactMap { $0 } } }
    var count: Int { state.withLock { $0.slots.count } }

    func start(_ slot: Int) {
        let number = state.withLock { state -> Int? in
            guard state.slots[slot] == nil else { return nil }
            state.lives += 1
            return state.lives
        }
        guard let number else { return }
        let process = make(ProcessLife(number: number))
        state.withLock { $0.slots[slot] = process }
        trace.note { "process \(number) starts" }
    }

    func crash(_ slot: Int) {
        let process = state.withLock { state -> SimulatedProcess? in
            defer { state.slots[slot] = nil }
            return state.slots[slot]
        }
        guard let process else { return }
        trace.note { "process \(process.life.number) dies" }
        process.life.crash()
    }

    /// How many of a thousand answers are lost on the way to their client.
    func loseAnswers(perMille: Int) {
        state.withLock { $0.answerLossPerMille = perMille }
    }

    /// One of the processes; nil when it is down.
    ///
    /// - Parameter home: the one that a balancer sends this client to, for most of its requests and in the end for all.
    func pick(home: Int? = nil) -> SimulatedProcess? {
        let slot = dice.below(count)
        let strays = dice.chance(perMille: 150)
        return state.withLock { state in
            guard let home, state.isHealed || !strays else { return state.slots[slot] }
            return state.slots[home]
        }
    }

    /// From now on clients with a home stay there: whatever a process remembers wrongly, it must get over by itself.
    func heal() {
        state.withLock { state in
            state.answerLossPerMille = 0
            state.isHealed = true
        }
    }

    /// Has a process run a request, and waits for its answer with limited patience.
    func ask<Value: Sendable>(
        _ process: SimulatedProcess?, patience: Int,
        _ body: @escaping @Sendable (SimulatedProcess) async throws -> Value
    ) async -> Result<Value, CallFailure> {
        guard let process, process.life.isAlive else { return .failure(.broken) }
        let exchange = Exchange<Value>()
        let number = process.life.register { exchange.settle(.failure(.broken)) }
        let timer = executor.schedule(after: .milliseconds(patience)) { exchange.settle(.failure(.timedOut)) }
        let loss = state.withLock { $0.answerLossPerMille }
        _ = Task {
            let result = await Self.run(process, body)
            process.life.unregister(number)
            exchange.settle(dice.chance(perMille: loss) ? .failure(.broken) : result)
        }
        let result = await exchange.wait()
        timer.cancel()
        return result
    }

    private static func run<Value>(
        _ process: SimulatedProcess, _ body: @Sendable (SimulatedProcess) async throws -> Value
    ) async -> Result<Value, CallFailure> {
        do {
            return .success(try await body(process))
        } catch let refusal as Refusal {
            return .failure(.again(refusal.response))
        } catch {
            return .failure(.again(Response(status: 503, problem: "\(error)", body: "")))
        }
    }
}

/// One request's answer, which somebody waits for.
final class Exchange<Value: Sendable>: Sendable {
    private let state = Mutex(State())

    private struct State {
        var result: Result<Value, CallFailure>?
        var waiter: LoopContinuation<Result<Value, CallFailure>>?
    }

    /// The first result counts.
    func settle(_ result: Result<Value, CallFailure>) {
        let waiter = state.withLock { state -> LoopContinuation<Result<Value, CallFailure>>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: result)
    }

    func wait() async -> Result<Value, CallFailure> {
        do {
            return try await withLoopContinuation { continuation in
                let known = state.withLock { state in
                    if state.result == nil { state.waiter = continuation }
                    return state.result
                }
                if let known { continuation.resume(returning: known) }
            }
        } catch {
            return .failure(.broken)
        }
    }
}

extension Result where Success == Response, Failure == CallFailure {
    /// An answer after which nobody asks again.
    var final: Response? {
        switch self {
        case .success(let response): response
        case .failure(.again(let response))
        where response.status != 503 && response.problem != Refusal.inProgress.code: response
        case .failure: nil
        }
    }
}
