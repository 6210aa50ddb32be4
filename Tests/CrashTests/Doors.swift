// SPDX-License-Identifier: Apache-2.0
import TestSupport

/// Where shoppers find a server: those that run now. Who comes while there is none waits for the next.
actor Doors {
    /// A way into one running server.
    struct Door: Sendable {
        /// Another one for each start of a server.
        let number: Int
        let client: TestClient
    }

    private var open: [Int: Door] = [:]
    private var opened = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private(set) var isShut = false

    /// The test has failed elsewhere.
    struct Shut: Error {}

    /// A door that is not `failed`: the preferred server's, else any other's.
    ///
    /// - Throws: `Shut` once the test is over.
    func enter(preferring server: Int, after failed: Int?) async throws -> Door {
        while true {
            if isShut { throw Shut() }
            let usable = open.filter { $0.value.number != failed }
            if let door = usable[server] ?? usable.min(by: { $0.key < $1.key })?.value { return door }
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// A server runs.
    func add(_ client: TestClient, of server: Int) {
        opened += 1
        open[server] = Door(number: opened, client: client)
        wake()
    }

    /// Sends everybody home.
    func shut() {
        isShut = true
        wake()
    }

    private func wake() {
        let woken = waiting
        waiting = []
        for waiter in woken { waiter.resume() }
    }

    /// A server is gone, or is about to be.
    func remove(_ server: Int) {
        open[server] = nil
    }
}

/// Counts what was acknowledged, so that a test can act after the n-th.
actor Progress {
    private(set) var orders = 0
    private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    /// One more order was acknowledged.
    func orderAcknowledged() {
        orders += 1
        let due = waiting.filter { $0.count <= orders }
        waiting.removeAll { $0.count <= orders }
        for waiter in due { waiter.continuation.resume() }
    }

    /// Returns when `more` orders have been acknowledged from now on.
    func orders(more: Int) async {
        guard !isOver else { return }
        let count = orders + more
        await withCheckedContinuation { waiting.append((count, $0)) }
    }

    private(set) var isOver = false

    /// Shoppers finish the round they are in; nobody waits for more.
    func end() {
        isOver = true
        let woken = waiting
        waiting = []
        for waiter in woken { waiter.continuation.resume() }
    }
}
