// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import Synchronization
import Testing
import UVRuntime

/// A merchant's webhook endpoint: a real server that keeps what it gets and answers as the test says.
final class WebhookReceiver: Sendable {
    struct Received: Sendable {
        let headers: [String: String]
        let body: [UInt8]

        var eventID: String? { headers["x-razorpay-event-id"] }
        var signature: String? { headers["x-razorpay-signature"] }
        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> JSONValue { try JSONDocument(parsing: body).root }
        func event() throws -> String { try #require(try json()["event"]?.string) }
    }

    private struct State {
        var count = 0
        var inbox: [Received] = []
        var waiter: (wanted: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())
    private let reply: @Sendable (Int) -> Int
    private let server = Mutex<HTTPServer?>(nil)

    /// - Parameter reply: the status for the call with this number, counted from 1; 0 never answers.
    init(reply: @escaping @Sendable (Int) -> Int) {
        self.reply = reply
    }

    /// Starts to listen; returns its address.
    func start(on loop: EventLoop) async throws -> String {
        let route = Route(.post, "/webhook/", name: "webhook") { [self] request in
            let number = keep(
                Received(
                    headers: Dictionary(
                        request.headerLines.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $0 + $1 }),
                    body: request.body))
            let status = reply(number)
            guard status > 0 else {
                // Longer than the sandbox of the tests waits; the loop ends before.
                try await request.loop.sleep(for: .seconds(60))
                return .noContent
            }
            return HTTPResponse(HTTPStatus(status))
        }
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let server = try await HTTPServer.start(
            on: address, loops: [loop], router: Router([route]),
            configuration: HTTPServerConfiguration(logger: .silent))
        self.server.withLock { $0 = server }
        return "http://\(server.address)/webhook/"
    }

    func stop() async {
        let server = self.server.withLock { $0 }
        await server?.drain(limit: .zero)
    }

    /// The next `count` calls, as soon as they are there.
    func take(_ count: Int) async -> [Received] {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.inbox.count >= count { return true }
                state.waiter = (count, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
        return state.withLock { state in
            defer { state.inbox.removeFirst(count) }
            return Array(state.inbox.prefix(count))
        }
    }

    /// Calls that nobody has taken.
    var left: Int { state.withLock { $0.inbox.count } }

    private func keep(_ received: Received) -> Int {
        let (number, waiter) = state.withLock { state -> (Int, CheckedContinuation<Void, Never>?) in
            state.count += 1
            state.inbox.append(received)
            guard let waiter = state.waiter, state.inbox.count >= waiter.wanted else { return (state.count, nil) }
            state.waiter = nil
            return (state.count, waiter.continuation)
        }
        // The test goes on outside the loops: it may wait for their end.
        LoopExecutor.outside { waiter?.resume() }
        return number
    }
}

extension Logger {
    static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}
