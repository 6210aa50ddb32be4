// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization

/// One life of a process, from its start to its crash. What a dead one still does reaches nobody.
final class ProcessLife: Sendable {
    /// Unique over all lives.
    let number: Int
    private let state = Mutex(State())

    private struct State {
        var isAlive = true
        var breakers: [Int: @Sendable () -> Void] = [:]
        var next = 0
        var cartsBeingWritten: Set<CartID> = []
    }

    init(number: Int) {
        self.number = number
    }

    var isAlive: Bool { state.withLock { $0.isAlive } }

    /// Remembers how to tell a client that its connection broke.
    func register(_ breaker: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.breakers[state.next] = breaker
            return state.next
        }
    }

    func unregister(_ number: Int) {
        state.withLock { _ = $0.breakers.removeValue(forKey: number) }
    }

    /// Notes that a statement changes these carts; false when one of this process does so already.
    func writes(_ carts: [CartID]) -> Bool {
        state.withLock { state in carts.filter { state.cartsBeingWritten.insert($0).inserted }.count == carts.count }
    }

    func wrote(_ carts: [CartID]) {
        state.withLock { $0.cartsBeingWritten.subtract(carts) }
    }

    /// Everything in memory is gone; every client sees its connection break.
    func crash() {
        let breakers = state.withLock { state in
            state.isAlive = false
            defer { state.breakers = [:] }
            return state.breakers.sorted { $0.key < $1.key }.map(\.value)
        }
        for breaker in breakers { breaker() }
    }
}
