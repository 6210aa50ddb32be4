// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import MarketHTTP

/// Why the provider gave no usable answer.
struct RazorpayError: Error, Sendable, CustomStringConvertible {
    /// What is known about the call.
    enum Kind: Sendable, Equatable {
        /// It never reached the provider, or was turned away before anything happened (401, 429).
        case notDone
        /// It may have happened: time-out, broken connection, 5xx. Ask before sending again.
        case unknown
        /// The provider refuses it; sending it again changes nothing.
        case refused
        /// The answer is not what the provider's documentation says.
        case malformed
    }

    let kind: Kind
    /// For the log: no body, no secret.
    let message: String
    /// The answer's status; nil where none came.
    let status: Int?
    /// The order that has our receipt already, when that is why it was refused.
    let existingOrder: String?

    init(_ kind: Kind, _ message: String, status: Int? = nil, existingOrder: String? = nil) {
        self.kind = kind
        self.status = status
        self.message = message
        self.existingOrder = existingOrder
    }

    init(_ error: HTTPClientError) {
        self.init(error.outcome == .neverSent ? .notDone : .unknown, "\(error)")
    }

    /// Reads an error answer (`{"error":{"code","description",…}}`; most members may be missing).
    init(status: Int, body: JSONValue?) {
        let error = body?["error"]
        let kind: Kind =
            switch status {
            case 401, 403, 429: .notDone
            case 400..<500: .refused
            default: .unknown
            }
        let code = error?["code"]?.string ?? "no code"
        let description = error?["description"]?.string ?? "no description"
        self.init(
            kind, "\(status) \(code): \(description)", status: status,
            existingOrder: error?["metadata"]?["order_id"]?.string)
    }

    var description: String { "\(kind): \(message)" }

    /// What the client is told: nothing of the provider's words, and that it may try again.
    var problem: Problem {
        Problem(
            .paymentProviderUnavailable, detail: "The payment provider did not answer as it should; try again.",
            headers: [.retryAfter(seconds: 2)])
    }
}
