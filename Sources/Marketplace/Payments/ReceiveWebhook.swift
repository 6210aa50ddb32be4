// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Metrics

/// `POST /api/payments/webhook/`: what the provider tells us, answered after the commit that holds its effect.
///
/// What undoes each step: nothing is stored before the signature holds; event, payment, order, ledger and outbox commit
/// together. Every answer but 2xx makes the provider send it again, and a second delivery changes nothing.
struct ReceiveWebhook: Sendable {
    let dependencies: PaymentsDependencies

    /// The largest body; the provider's are a few KiB.
    static let bodyMax = 256 * 1024

    func handle(_ request: RequestContext) async throws -> HTTPResponse {
        CrashPoint.reach(.webhookReceived)
        let body = request.body
        let signatures = request.headers("X-Razorpay-Signature")
        guard signatures.count == 1, dependencies.account.isWebhookSignature(signatures[0].utf8, for: body) else {
            Counter(label: "mve_webhook_refused_total", dimensions: [("reason", "signature")]).increment()
            throw Problem(.signatureInvalid, detail: "X-Razorpay-Signature does not fit the body.")
        }
        CrashPoint.reach(.webhookVerified)
        let hash = SHA256.hash(body)
        let event = RazorpayEvent(body: body)
        let id = RazorpayEvent.id(header: request.header("X-Razorpay-Event-Id"), bodyHash: hash)
        if let complaint = event.complaint {
            dependencies.logger.error(
                event.isReadable
                    ? "a signed event is kept but not understood"
                    : "a signed event cannot be read and is kept for an operator",
                metadata: ["event_id": "\(id)", "type": "\(event.type)", "reason": "\(complaint)"])
        }
        request.effectBegins()
        let received = PaymentMessage.Event(id: id, type: event.type, bodyHash: Hash32(hash), body: body)
        let outcome = try await dependencies.news.receive(event, received, requestID: "\(request.requestID)")
        report(outcome, id, event)
        return .json { $0.field("received", true) }
    }

    private func report(_ outcome: PaymentOutcome, _ id: String, _ event: RazorpayEvent) {
        Counter(label: "mve_webhooks_total", dimensions: [("outcome", "\(outcome.code)")]).increment()
        switch outcome.code {
        case .conflict:
            dependencies.logger.error(
                "one event id came with two bodies; the second is kept aside",
                metadata: ["event_id": "\(id)", "type": "\(event.type)"])
        case .refused where event.isReadable:
            dependencies.logger.error(
                "an event contradicts what we know and is kept for an operator",
                metadata: ["event_id": "\(id)", "type": "\(event.type)"])
        case .waiting:
            dependencies.logger.warning(
                "an event waits for what it speaks of", metadata: ["event_id": "\(id)", "type": "\(event.type)"])
        // What cannot be read was told before.
        case .applied, .busy, .duplicate, .ignored, .refused, .unchanged: break
        }
    }
}
