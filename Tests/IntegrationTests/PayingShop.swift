// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// A real server that started the provider's sandbox by itself, and one buyer with a filled cart.
struct PayingShop: Sendable {
    let live: LiveShop
    let token: String
    private let sandbox: TestClient

    static func with(_ body: @Sendable (PayingShop) async throws -> Void) async throws {
        try await LiveShop.with(.init(startsSandbox: true), stock: 10) { live in
            let buyer = try await live.buyers(1)[0]
            let sandbox = try TestClient(url: try live.server.sandboxURL())
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(PayingShop(live: live, token: buyer.token, sandbox: sandbox)))
            } catch {
                result = .failure(error)
            }
            await sandbox.close()
            try result.get()
        }
    }

    /// Orders the cart; returns the order's id.
    func order() async throws -> String {
        let answer = try await live.client.post("/api/orders/create/", LiveShop.order(), token: token, key: "order")
        #expect(answer.status == 201)
        return try #require(try answer.json["id"]?.string)
    }

    func initiate(_ order: String, key: String) async throws -> TestClient.Answer {
        try await live.client.post("/api/payments/initiate/", #"{"order_id":"\#(order)"}"#, token: token, key: key)
    }

    /// Opens the checkout; returns the provider's order.
    func checkout(_ order: String) async throws -> String {
        let answer = try await initiate(order, key: "pay")
        return try #require(try answer.json["checkout"]?["razorpay_order_id"]?.string)
    }

    /// Plays the payer; returns the fields that the checkout hands to the browser.
    func pay(_ providerOrder: String, _ attempt: String) async throws -> JSONValue {
        try await control("POST", "/control/orders/\(providerOrder)/pay", attempt)
    }

    /// Calls the sandbox's controls.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> JSONValue {
        let answer = try await sandbox.send(method, path, body)
        #expect(answer.status == 200, "\(method) \(path): \(answer.text)")
        return try answer.json
    }

    /// What payments have made of an order; waits for a version above `version`, until it is not unpaid any more.
    func paymentStatus(of order: String, after version: Int? = nil) async throws -> String? {
        guard var known = version else {
            let answer = try await live.client.get("/api/orders/status/?id=\(order)", token: token)
            return try answer.json["payment_status"]?.string
        }
        // Each wait ends with a change, or after 25 s; two suffice for the slowest webhook.
        for _ in 0..<4 {
            let answer = try await live.client.get(
                "/api/orders/status/?id=\(order)&wait=25", token: token,
                headers: [("If-None-Match", "\"v\(known)\"")])
            guard answer.status == 200 else { continue }
            let status = try answer.json["payment_status"]?.string
            if status != "unpaid" && status != "authorized" { return status }
            known = try answer.json["version"]?.int ?? known
        }
        return nil
    }

    /// Waits until the sandbox has delivered so many webhooks that were answered with a status.
    func deliveries(atLeast count: Int, status: Int, event: String? = nil) async throws -> Bool {
        var seen = 0
        var since = 0
        // The log answers when something happens, or after its time: bounded by a minute.
        for _ in 0..<120 {
            let log = try await control("GET", "/control/log?since=\(since)&wait_ms=500")
            since = log["next"]?.int ?? since
            for entry in log["entries"]?.elements ?? [] {
                guard entry["kind"]?.string == "webhook", entry["status"]?.int == status else { continue }
                if event == nil || entry["event"]?.string == event { seen += 1 }
            }
            if seen >= count { return true }
        }
        return false
    }

    /// The id of the first event of a name that was sent.
    func event(_ name: String) async throws -> String? {
        let log = try await control("GET", "/control/log")
        return log["entries"]?.elements?.first { $0["event"]?.string == name }?["event_id"]?.string
    }

    /// Calls of ours that the sandbox has answered or cut off.
    func calls(_ method: String, _ target: String) async throws -> Int {
        let log = try await control("GET", "/control/log")
        return (log["entries"]?.elements ?? []).filter {
            $0["kind"]?.string == "api" && $0["method"]?.string == method && $0["target"]?.string == target
        }.count
    }
}
