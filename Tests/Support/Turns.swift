// SPDX-License-Identifier: Apache-2.0

/// Lets at most so many work at a time; the others wait in the order in which they came.
///
/// - Isolation: callable from outside the loops.
public actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Makes turns for `count` at a time.
    public init(_ count: Int) {
        free = count
    }

    /// Runs the body in a turn.
    public nonisolated(nonsending) func with<Result>(_ body: () async throws -> Result) async throws -> Result {
        await take()
        let result: Result
        do {
            result = try await body()
        } catch {
            await give()
            throw error
        }
        await give()
        return result
    }

    private func take() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func give() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
