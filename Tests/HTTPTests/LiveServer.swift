// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

/// A real server on loops of its own and a loop for the clients of one test.
struct LiveServer: Sendable {
    let server: HTTPServer
    /// The server's loops.
    let loops: [EventLoop]
    /// Where the test's body and its clients run.
    let clientLoop: EventLoop

    nonisolated(nonsending) func connect() async throws -> RawClient {
        try await RawClient.connect(to: server.address, on: clientLoop)
    }

    /// Runs `body` while the server's loops stand still: what happens meanwhile reaches them at once.
    nonisolated(nonsending) func holdingTheServer(_ body: nonisolated(nonsending) () async throws -> Void) async throws
    {
        let hold = Hold()
        for loop in loops { loop.spawn { hold.wait() } }
        try await until { hold.count == loops.count }
        defer { hold.release() }
        try await body()
    }

    private final class Hold: Sendable {
        private let held = Atomic(0)
        private let released = Atomic(false)

        var count: Int { held.load(ordering: .acquiring) }

        func wait() {
            held.add(1, ordering: .releasing)
            while !released.load(ordering: .acquiring) { sched_yield() }
        }

        func release() { released.store(true, ordering: .releasing) }
    }

    /// Waits until a fact about the server holds; the suite's time limit ends what never comes true.
    nonisolated(nonsending) func until(_ condition: @Sendable () -> Bool) async throws {
        while !condition() { try await clientLoop.sleep(for: .milliseconds(1)) }
    }

    /// Starts a server on a free port, runs `body` on the clients' loop and ends everything.
    static func run(
        _ routes: [Route], loops count: Int = 1, configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (LiveServer) async throws -> Void
    ) async throws {
        SignalWatcher.ignoreBrokenPipes()
        let group = try EventLoopGroup(count: count + 1)
        var configuration = HTTPServerConfiguration(
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        configure(&configuration)
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let loops = Array(group.loops.prefix(count))
        let server = try await HTTPServer.start(
            on: address, loops: loops, router: Router(routes), configuration: configuration)
        let live = LiveServer(server: server, loops: loops, clientLoop: group.loops[count])
        let result: Result<Void, any Error>
        do {
            try await live.clientLoop.run { try await body(live) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server.drain(limit: .zero)
        await group.shutdown()
        try result.get()
    }
}

/// A GET for `path` as a browser would not send it: with nothing but Host.
func get(_ path: String, _ lines: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n" }

/// A POST with its length.
func post(_ path: String, _ body: String, _ lines: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)"
}

/// Requests that wait until the test lets them go on, and what they saw.
final class Gate: Sendable {
    private struct State {
        var parked: [LoopContinuation<Void>] = []
        var arrivals = 0
        var cancellations = 0
        var watchers: [(Int, LoopContinuation<Void>)] = []
    }

    private let state = Mutex(State())

    /// Called by a handler: parks it on its loop until `open`.
    nonisolated(nonsending) func pass() async throws {
        try await withLoopContinuation { continuation in
            let ready = state.withLock { state -> [LoopContinuation<Void>] in
                state.parked.append(continuation)
                state.arrivals += 1
                let ready = state.watchers.filter { $0.0 <= state.arrivals }.map(\.1)
                state.watchers.removeAll { $0.0 <= state.arrivals }
                return ready
            }
            for watcher in ready { watcher.resume() }
        }
        if Task.isCancelled { state.withLock { $0.cancellations += 1 } }
    }

    /// Waits until so many handlers have arrived since the start.
    nonisolated(nonsending) func arrived(_ count: Int) async throws {
        try await withLoopContinuation { continuation in
            let isThere = state.withLock { state -> Bool in
                if state.arrivals < count { state.watchers.append((count, continuation)) }
                return state.arrivals >= count
            }
            if isThere { continuation.resume() }
        }
    }

    /// Lets everything that is parked go on.
    func open() {
        let parked = state.withLock { state -> [LoopContinuation<Void>] in
            defer { state.parked = [] }
            return state.parked
        }
        for one in parked { one.resume() }
    }

    var arrivals: Int { state.withLock { $0.arrivals } }

    /// Handlers that found themselves cancelled when they went on.
    var cancellations: Int { state.withLock { $0.cancellations } }
}
