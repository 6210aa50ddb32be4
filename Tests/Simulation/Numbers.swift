// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Hands out numbers in order.
final class Numbers: Sendable {
    private let state: Mutex<Int64>

    init(from first: Int64 = 1) {
        state = Mutex(first)
    }

    func next() -> Int64 {
        state.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
