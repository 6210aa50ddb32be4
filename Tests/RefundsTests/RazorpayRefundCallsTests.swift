// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Logging
import MarketCore
import Payments
import Synchronization
import Testing
import UVRuntime

/// What is sent to the provider about refunds, and what its answers mean, over a real socket.
@Suite(.timeLimit(.minutes(2))) struct RazorpayRefundCallsTests {
    /// A provider that answers everything with the same, and remembers what it was asked.
    private final class Provider: Sendable {
        let answer = Mutex<(status: Int, body: String)>((200, "{}"))
        let asked = Mutex<[String]>([])

        var routes: [Route] {
            let paths: [(HTTPMethod, String)] = [
                (.post, "/v1/payments/{id}/refund/"), (.get, "/v1/payments/{id}/refunds/"), (.get, "/v1/refunds/{id}/"),
            ]
            return paths.map { method, path in
                Route(method, path, name: "\(method.rawValue) \(path)", query: nil) { request in
                    let key = request.header("X-Refund-Idempotency") ?? "-"
                    let body = String(decoding: request.body, as: UTF8.self)
                    self.asked.withLock { $0.append("\(method.rawValue) \(request.path) \(key) \(body)") }
                    let (status, text) = self.answer.withLock { $0 }
                    return HTTPResponse(HTTPStatus(status), body: Array(text.utf8))
                }
            }
        }

        func says(_ status: Int, _ body: String) {
            answer.withLock { $0 = (status, body) }
        }
    }

    private static func entity(_ status: String = "pending", receipt: String = "rf_1234567_1") -> String {
        #"{"id":"rfnd_Abc","entity":"refund","amount":500,"currency":"INR","payment_id":"pay_1","notes":[],"receipt":"\#(receipt)","status":"\#(status)","speed_processed":"normal","created_at":1}"#
    }

    private func with(
        _ body: @escaping @Sendable (RazorpayClient, Provider) async throws -> Void
    ) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<Void, any Error>
        do {
            try await loop.run {
                let provider = Provider()
                let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
                let logger = Logger(label: "provider") { _ in SwiftLogNoOpLogHandler() }
                let server = try await HTTPServer.start(
                    on: address, loops: [loop], router: Router(provider.routes),
                    configuration: HTTPServerConfiguration(logger: logger))
                let http = HTTPClient(loop: loop)
                let account = RazorpayAccount(
                    keyID: "rzp_test_fixture", keySecret: "secret", webhookSecrets: ["whsec"],
                    baseURL: "http://\(server.address)")
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(try await body(RazorpayClient(account: account, http: http), provider))
                } catch {
                    outcome = .failure(error)
                }
                await http.close()
                await server.drain(limit: .zero)
                try outcome.get()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }

    private func make(_ client: RazorpayClient) async throws(RazorpayRefundFailure) -> RazorpayRefundState {
        try await client.refund(
            payment: "pay_1", amount: Money(minor: 500, currency: .inr), speed: "normal", key: "rf_1234567_1",
            note: "ref_x")
    }

    @Test func carriesTheKeyTwice() async throws {
        try await with { client, provider in
            provider.says(200, Self.entity())
            let refund = try await make(client)
            #expect(refund.id == "rfnd_Abc" && refund.status == "pending" && refund.receipt == "rf_1234567_1")
            let asked = provider.asked.withLock { $0 }
            #expect(
                asked == [
                    #"POST /v1/payments/pay_1/refund rf_1234567_1 {"amount":500,"speed":"normal","receipt":"rf_1234567_1","notes":{"refund_id":"ref_x"}}"#
                ])
        }
    }

    @Test func tellsRefusalsFromWhatIsUnknown() async throws {
        try await with { client, provider in
            let error = #"{"error":{"code":"BAD_REQUEST_ERROR","description":"No."}}"#
            for (status, body) in [
                (400, error), (409, error), (429, error), (401, error), (500, error), (200, "[]"), (200, "nothing"),
            ] {
                provider.says(status, body)
                var failure: RazorpayRefundFailure?
                do throws(RazorpayRefundFailure) {
                    _ = try await make(client)
                } catch {
                    failure = error
                }
                switch (status, try #require(failure)) {
                case (400, .refused(let code, let text)): #expect(code == "400" && text.contains("No."))
                case (429, .notDone), (401, .notDone), (409, .unknown), (500, .unknown), (200, .unknown): break
                case (_, let other): Issue.record("\(status) is \(other)")
                }
            }
        }
    }

    @Test func findsByReceiptAndFetches() async throws {
        try await with { client, provider in
            provider.says(200, #"{"entity":"collection","count":1,"items":[\#(Self.entity("processed"))]}"#)
            let found = try await client.refund(ofPayment: "pay_1", receipt: "rf_1234567_1")
            let other = try await client.refund(ofPayment: "pay_1", receipt: "rf_another_1")
            #expect(found?.status == "processed" && other == nil)
            provider.says(200, Self.entity("failed"))
            let state = try await client.refundState("rfnd_Abc")
            #expect(state.status == "failed")
            provider.says(400, "{}")
            await #expect(throws: RazorpayRefundFailure.self) { try await client.refundState("rfnd_Abc") }
            await #expect(throws: RazorpayRefundFailure.self) {
                try await client.refund(ofPayment: "pay_1", receipt: "rf_1234567_1")
            }
        }
    }
}
