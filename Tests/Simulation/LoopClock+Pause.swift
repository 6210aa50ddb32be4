// SPDX-License-Identifier: Apache-2.0
import UVRuntime

extension LoopClock {
    /// Parks the caller for so many milliseconds of this clock; not at all for none.
    nonisolated(nonsending) func pause(_ milliseconds: Int) async {
        guard milliseconds > 0 else { return }
        // Only a continuation that is never resumed could throw here; there is none.
        try? await withLoopContinuation { continuation in
            _ = schedule(after: .milliseconds(milliseconds)) { continuation.resume() }
        }
    }
}
