// SPDX-License-Identifier: Apache-2.0
import Synchronization
import UVRuntime

/// A payment provider in the test's memory: one object per key that it was given.
final class SmallProvider: Sendable {
    /// What a call came to when it did not answer.
    struct TimedOut: Error {}

    private let state = Mutex(State())
    /// Where calls wait after their effect.
    let doorstep = Doorstep()

    private struct State {
        var objects: [String: Int] = [:]
        var calls = 0
        var losesNextAnswer = false
    }

    var objectCount: Int { state.withLock { $0.objects.count } }
    var keys: [String] { state.withLock { $0.objects.keys.sorted() } }
    var calls: Int { state.withLock { $0.calls } }

    /// The next call has its effect and never answers.
    func loseNextAnswer() { state.withLock { $0.losesNextAnswer = true } }

    func refund(_ key: String, on loop: EventLoop) async throws -> Int {
        let (number, isLost) = state.withLock { state in
            state.calls += 1
            let number = state.objects[key] ?? state.objects.count + 1
            state.objects[key] = number
            defer { state.losesNextAnswer = false }
            return (number, state.losesNextAnswer)
        }
        try await doorstep.pass(loop)
        if isLost { throw TimedOut() }
        return number
    }
}
