// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import MarketCore
import MarketCrypto
import Testing
import UVRuntime

@testable import Sandbox

/// A sandbox, a merchant's endpoint and a client, all over real sockets. The sandbox's clock stands still.
struct SandboxBench: Sendable {
    static let keyID = "rzp_test_Bench000000001"
    static let keySecret = "sbx_key_secret_1"
    static let webhookSecret = "whsec_sandbox_1"
    static let start: Int64 = 1_789_000_000

    let sandbox: SandboxServer
    let receiver: WebhookReceiver
    let client: HTTPClient
    let loop: EventLoop

    struct Answer: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let text: String
        let json: JSONValue

        var error: JSONValue? { json["error"] }
        var errorText: String? { error?["description"]?.string }
        var id: String { json["id"]?.string ?? "" }
    }

    // MARK: Calls

    /// A call with the merchant's credentials.
    func api(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await send(method, path, body, auth: .init(user: Self.keyID, password: Self.keySecret))
    }

    /// A call of payer and bank.
    func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await send(method, "/control" + path, body, auth: nil)
    }

    func send(
        _ method: String, _ path: String, _ body: String?, auth: HTTPClientRequest.BasicAuth?,
        headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(20)
    ) async throws -> Answer {
        let type = body == nil ? [] : [(name: "Content-Type", value: "application/json")]
        let request = HTTPClientRequest(
            method: method, url: sandbox.url + path, headers: type + headers, body: body.map { Array($0.utf8) },
            timeout: timeout, basicAuth: auth)
        let response = try await loop.run { try await client.send(request) }
        return Answer(
            status: response.status, headers: response.headers, text: String(decoding: response.body, as: UTF8.self),
            json: try JSONDocument(parsing: response.body).root)
    }

    /// A new order's id.
    func order(amount: Int = 129_900, extra: String = "") async throws -> String {
        let answer = try await api("POST", "/v1/orders", "{\"amount\":\(amount),\"currency\":\"INR\"\(extra)}")
        try #require(answer.status == 200, "\(answer.text)")
        return answer.id
    }

    /// What the checkout gives.
    func pay(_ order: String, _ outcome: String, extra: String = "") async throws -> Answer {
        try await control("POST", "/orders/\(order)/pay", "{\"outcome\":\"\(outcome)\"\(extra)}")
    }

    /// The id of a payment that is captured on an order of its own.
    func captured(amount: Int = 129_900, extra: String = "") async throws -> String {
        let answer = try await pay(try await order(amount: amount), "captured", extra: extra)
        return try #require(answer.json["razorpay_payment_id"]?.string, "\(answer.text)")
    }

    func faults(_ knobs: String) async throws {
        let answer = try await control("POST", "/faults", knobs)
        try #require(answer.status == 200, "\(answer.text)")
    }

    func advance(seconds: Double) async throws {
        let answer = try await control("POST", "/clock", "{\"advance_seconds\":\(seconds)}")
        try #require(answer.status == 200, "\(answer.text)")
    }

    /// Waits until the log has an entry that fits, and returns it.
    func logged(_ fits: (JSONValue) -> Bool) async throws -> JSONValue {
        var since: Int64 = 0
        while true {
            let answer = try await control("GET", "/log?since=\(since)&wait_ms=30000")
            if let entry = answer.json["entries"]?.elements?.first(where: fits) { return entry }
            since = try #require(answer.json["next"]?.int64)
        }
    }

    /// Waits until so many sends of webhooks are logged, and returns all of them.
    func webhooks(count: Int) async throws -> [JSONValue] {
        var since: Int64 = 0
        var entries: [JSONValue] = []
        while entries.count < count {
            let answer = try await control("GET", "/log?since=\(since)&wait_ms=30000")
            entries += answer.json["entries"]?.elements?.filter { $0["kind"]?.string == "webhook" } ?? []
            since = try #require(answer.json["next"]?.int64)
        }
        return entries
    }

    static func sign(_ body: [UInt8], with secret: String = webhookSecret) -> String {
        HMACSHA256.code(body, key: Array(secret.utf8)).hex
    }
}

/// Runs `body` with a sandbox of its own and stops everything.
///
/// - Parameters:
///   - configure: changes the sandbox's settings.
///   - reply: as in `WebhookReceiver`.
func withSandbox(
    configure: @Sendable (inout SandboxConfiguration) -> Void = { _ in },
    reply: @escaping @Sendable (Int) -> Int = { _ in 200 },
    _ body: (SandboxBench) async throws -> Void
) async throws {
    let group = try EventLoopGroup(count: 2)
    let receiver = WebhookReceiver(reply: reply)
    let result: Result<Void, any Error>
    do {
        let url = try await receiver.start(on: group.loops[1])
        var configuration = SandboxConfiguration(
            keyID: SandboxBench.keyID, keySecret: SandboxBench.keySecret, webhookSecret: SandboxBench.webhookSecret,
            webhookURL: WebhookURL(url), time: ManualClock(Timestamp(seconds: SandboxBench.start)),
            clockRate: 0, random: .seeded(7))
        configure(&configuration)
        let loop = group.loops[0]
        let sandbox = try await SandboxServer.start(configuration, on: loop, logger: .silent)
        let client = try await loop.run {
            HTTPClient(loop: loop)
        }
        do {
            try await body(SandboxBench(sandbox: sandbox, receiver: receiver, client: client, loop: loop))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await loop.run { await client.close() }
        try await sandbox.stop()
    } catch {
        await receiver.stop()
        await group.shutdown()
        throw error
    }
    await receiver.stop()
    await group.shutdown()
    try result.get()
}
