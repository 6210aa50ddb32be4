// SPDX-License-Identifier: Apache-2.0
import HTTP
public import HTTPClient
import MarketCore

/// The provider's REST API, as far as we use it (version 1, Basic authentication).
///
/// - Isolation: callable from any loop; the transfers run on the client's.
public struct RazorpayClient: Sendable {
    let account: RazorpayAccount
    private let http: HTTPClient
    /// The name under which payments and events of this provider are kept.
    static let provider = "razorpay"
    /// One call. Three of them in a row stay below the limit of a handler, 30 s.
    static let timeout: Duration = .seconds(8)

    /// Makes a client of an account.
    public init(account: RazorpayAccount, http: HTTPClient) {
        self.account = account
        self.http = http
    }

    /// Makes an order, or returns the one that has the receipt already.
    ///
    /// - Parameters:
    ///   - receipt: at most 40 characters, unique per order: what makes a repeated call the same order.
    ///   - captureWithin: money authorized later than this is given back by the provider, not captured; 12 minutes at least.
    /// - Throws: `.refused` with `existingOrder` where an account treats a repeated receipt as an error.
    func createOrder(
        receipt: String, amount: Money, notes: [(StaticString, String)], captureWithin: Duration
    ) async throws(RazorpayError) -> RazorpayOrder {
        let minutes = max(12, Int(captureWithin.components.seconds + 59) / 60)
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("amount", amount.minor)
            json.field("currency", amount.currency.description)
            json.field("receipt", receipt)
            json.field("unique_receipt", true)
            json.object("payment") { json in
                json.field("capture", "automatic")
                json.object("capture_options") { json in
                    json.field("automatic_expiry_period", minutes)
                    json.field("manual_expiry_period", minutes)
                    json.field("refund_speed", "normal")
                }
            }
            json.object("notes") { json in
                for (name, value) in notes { json.field(name, value) }
            }
        }
        let answer = try await call("POST", "/v1/orders", body: json.bytes)
        guard let order = RazorpayOrder(answer.root) else {
            throw RazorpayError(.malformed, "an order without its fields")
        }
        return order
    }

    /// The order of an id.
    func order(_ id: String) async throws(RazorpayError) -> RazorpayOrder {
        guard let order = RazorpayOrder(try await call("GET", "/v1/orders/\(id)").root) else {
            throw RazorpayError(.malformed, "an order without its fields")
        }
        return order
    }

    /// The order that was made with a receipt; nil when there is none.
    func order(receipt: String) async throws(RazorpayError) -> RazorpayOrder? {
        let answer = try await call("GET", "/v1/orders?receipt=\(receipt)")
        guard let items = answer.root["items"]?.elements else { throw RazorpayError(.malformed, "no collection") }
        for item in items {
            guard let order = RazorpayOrder(item) else {
                throw RazorpayError(.malformed, "an order without its fields")
            }
            if order.receipt == receipt { return order }
        }
        return nil
    }

    /// What was paid, or tried, on an order.
    func payments(ofOrder id: String) async throws(RazorpayError) -> [RazorpayPayment] {
        let answer = try await call("GET", "/v1/orders/\(id)/payments")
        guard let items = answer.root["items"]?.elements else { throw RazorpayError(.malformed, "no collection") }
        var payments: [RazorpayPayment] = []
        for item in items {
            guard let payment = RazorpayPayment(item) else {
                throw RazorpayError(.malformed, "a payment without its fields")
            }
            payments.append(payment)
        }
        return payments
    }

    /// A payment.
    func payment(_ id: String) async throws(RazorpayError) -> RazorpayPayment {
        guard let payment = RazorpayPayment(try await call("GET", "/v1/payments/\(id)").root) else {
            throw RazorpayError(.malformed, "a payment without its fields")
        }
        return payment
    }

    /// Takes authorized money: once, and only all of it. `.refused` when it is taken already, or cannot be any more.
    func capture(_ payment: String, amount: Money) async throws(RazorpayError) -> RazorpayPayment {
        var json = JSONWriter(capacity: 64)
        json.object { json in
            json.field("amount", amount.minor)
            json.field("currency", amount.currency.description)
        }
        let answer = try await call("POST", "/v1/payments/\(payment)/capture", body: json.bytes)
        guard let captured = RazorpayPayment(answer.root), captured.id == payment else {
            throw RazorpayError(.malformed, "a payment without its fields")
        }
        return captured
    }

    /// One call, and the document that answers it.
    func call(
        _ method: String, _ path: String, body: [UInt8]? = nil, headers: [(name: String, value: String)] = []
    ) async throws(RazorpayError) -> JSONDocument {
        guard let base = account.baseURL else {
            throw RazorpayError(.notDone, "the provider's address is not known yet")
        }
        let auth = HTTPClientRequest.BasicAuth(user: account.keyID, password: account.keySecret)
        var request =
            body.map {
                HTTPClientRequest.json(
                    method: method, url: base + path, body: $0, timeout: Self.timeout, basicAuth: auth)
            }
            ?? HTTPClientRequest(method: method, url: base + path, timeout: Self.timeout, basicAuth: auth)
        request.headers += headers
        let response: HTTPClientResponse
        do throws(HTTPClientError) {
            response = try await http.send(request)
        } catch {
            throw RazorpayError(error)
        }
        let document = try? JSONDocument(parsing: response.body)
        guard (200...299).contains(response.status) else {
            throw RazorpayError(status: response.status, body: document?.root)
        }
        guard let document else { throw RazorpayError(.malformed, "the answer is not JSON") }
        return document
    }
}
