// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import UVRuntime

/// Callers that wait for a connection, first come first served.
///
/// All wait equally long at most, so the first is always the first to expire.
struct WaitQueue<Value: Sendable> {
    // @unchecked: handed to a cancellation handler only as an identity; changed on the loop alone.
    final class Waiter: @unchecked Sendable {
        fileprivate(set) var continuation: LoopContinuation<Value>?
        fileprivate(set) var deadline: UInt64 = 0
    }

    private var waiters = Deque<Waiter>()

    var isEmpty: Bool { waiters.isEmpty }
    var count: Int { waiters.count }
    var nextDeadline: UInt64? { waiters.first?.deadline }

    mutating func add(_ waiter: Waiter, _ continuation: LoopContinuation<Value>, deadline: UInt64) {
        waiter.continuation = continuation
        waiter.deadline = deadline
        waiters.append(waiter)
    }

    /// Gives the value to the first in line; false when nobody waits.
    mutating func give(_ value: Value) -> Bool {
        guard let waiter = waiters.popFirst() else { return false }
        waiter.continuation?.resume(returning: value)
        waiter.continuation = nil
        return true
    }

    /// Takes one out of the line, with an error.
    mutating func remove(_ waiter: Waiter, _ error: PostgresError) {
        guard let continuation = waiter.continuation else { return }
        waiters.removeAll { $0 === waiter }
        waiter.continuation = nil
        continuation.resume(throwing: error)
    }

    /// Fails everybody whose time has passed.
    mutating func expire(now: UInt64, _ error: @autoclosure () -> PostgresError) {
        while let first = waiters.first, first.deadline <= now { remove(first, error()) }
    }

    mutating func failAll(_ error: PostgresError) {
        while let first = waiters.first { remove(first, error) }
    }
}
