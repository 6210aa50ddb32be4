// SPDX-License-Identifier: Apache-2.0
import Synchronization
import UVRuntime

/// What happened in a simulation, in order: the text when somebody will read it, and what was found to be wrong.
final class Trace: Sendable {
    private let state = Mutex(State())
    private let isKept: Bool
    private let executor: ManualExecutor

    private struct State {
        var lines: [String] = []
        var violations: [String] = []
    }

    init(executor: ManualExecutor, isKept: Bool) {
        self.executor = executor
        self.isKept = isKept
    }

    /// Writes a line; the text is made only when lines are kept.
    func note(_ text: () -> String) {
        guard isKept else { return }
        let line = "\(executor.now / 1_000_000) ms  \(text())"
        state.withLock { $0.lines.append(line) }
    }

    /// Something that must never be so.
    func violate(_ text: String) {
        note { "VIOLATION: \(text)" }
        state.withLock { $0.violations.append(text) }
    }

    func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { violate(text()) }
    }

    var violations: [String] { state.withLock { $0.violations } }
    var isSound: Bool { state.withLock { $0.violations.isEmpty } }
    var lines: [String] { state.withLock { $0.lines } }
}
