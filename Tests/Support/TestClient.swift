// SPDX-License-Identifier: Apache-2.0
public import HTTP
import HTTPClient
import UVRuntime

/// A client of one server with its own loop and connections: what a test sends and what came back.
public final class TestClient: Sendable {
    /// What the server answered.
    public struct Answer: Sendable {
        /// The status code.
        public let status: Int
        /// In the order received.
        public let headers: [(name: String, value: String)]
        /// The whole body.
        public let body: [UInt8]

        /// An answer that came another way.
        public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        /// The first value of a header, whatever the case of its name.
        public func header(_ name: String) -> String? {
            let lower = name.lowercased()
            return headers.first { $0.name.lowercased() == lower }?.value
        }

        /// The body as JSON.
        public var json: JSONValue {
            get throws { try JSONDocument(parsing: body).root }
        }

        /// The problem's code; nil for an answer that is no problem document.
        public var code: String? {
            guard header("Content-Type") == "application/problem+json" else { return nil }
            return (try? json)?["code"]?.string
        }

        /// Whether it is a stored answer given again.
        public var isReplay: Bool { header("Idempotent-Replayed") == "true" }
        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// The server, as `http://127.0.0.1:PORT`.
    public let url: String
    private let group: EventLoopGroup
    private let client: HTTPClient

    /// Makes a client without connections. Whoever makes one calls `close`.
    ///
    /// - Parameter connections: requests on the wire at once, each on a connection of its own; the rest waits.
    public init(url: String, connections: Int = 256) throws {
        self.url = url
        group = try EventLoopGroup(count: 1)
        var configuration = HTTPClientConfiguration()
        configuration.concurrentMax = connections
        configuration.idleConnectionsMax = connections
        configuration.waitingMax = 4096
        configuration.userAgent = "mve-tests"
        client = HTTPClient(loop: group.loops[0], configuration: configuration)
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - body: JSON unless `headers` name another `Content-Type`.
    ///   - token: an access token.
    ///   - key: an idempotency key.
    /// - Throws: `HTTPClientError` when there is no answer.
    public func send(
        _ method: String, _ path: String, _ body: String? = nil, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(60)
    ) async throws -> Answer {
        try await send(
            method, path, octets: body.map { Array($0.utf8) }, token: token, key: key, headers: headers,
            timeout: timeout)
    }

    /// Sends a request whose body need not be text; as `send(_:_:_:token:key:headers:timeout:)`.
    public func send(
        _ method: String, _ path: String, octets body: [UInt8]?, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(60)
    ) async throws -> Answer {
        var all = headers
        if body != nil, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            all.append(("Content-Type", "application/json"))
        }
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        if let key { all.append(("Idempotency-Key", key)) }
        let request = HTTPClientRequest(
            method: method, url: url + path, headers: all, body: body, timeout: timeout)
        let client = client
        let response = try await whileOpen { loop in try await loop.run { try await client.send(request) } }
        return Answer(status: response.status, headers: response.headers, body: response.body)
    }

    /// Sends a GET.
    public func get(
        _ path: String, token: String? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await send("GET", path, token: token, headers: headers)
    }

    /// Sends a POST with a JSON body.
    public func post(
        _ path: String, _ body: String, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await send("POST", path, body, token: token, key: key, headers: headers)
    }

    /// Waits as a client does between two attempts, where the server asks it to come again. Never to let something happen.
    ///
    /// - Throws: `HTTPClientError` when the client is closed meanwhile.
    public func backOff(_ pause: Duration) async throws {
        try await whileOpen { loop in try await loop.run { try await loop.sleep(for: pause) } }
    }

    /// A client whose server is gone may be closed by whoever saw that, between any two steps of whoever uses it.
    private func whileOpen<Value: Sendable>(_ body: (EventLoop) async throws -> Value) async throws -> Value {
        do {
            return try await body(group.loops[0])
        } catch RuntimeError.loopStopped {
            throw HTTPClientError(kind: .closed, outcome: .unknown, message: "the client's loop has ended")
        }
    }

    /// Closes the connections and ends the loop.
    public func close() async {
        let client = client
        // Through the loop's own door: who calls an actor of a loop directly may come back on that loop, which cannot end
        // itself. The only error is that the loop has ended already.
        try? await group.loops[0].run { await client.close() }
        await group.shutdown()
    }
}
