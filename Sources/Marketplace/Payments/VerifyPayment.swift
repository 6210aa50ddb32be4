// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/payments/verify/`: the browser brings what the checkout returned; the provider is asked, and the books follow
/// its answer through the same function as a webhook.
///
/// The signature shows that the pair of ids came from the provider, not that money did. What undoes each step: nothing is
/// written before the batch commits, and a second effect of one payment is impossible there.
struct VerifyPayment: Sendable {
    let dependencies: PaymentsDependencies

    private struct Input: Sendable {
        let order: String
        let payment: String
        let signature: String
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.calls.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) { _, _ in
            // Not in the key's transaction: repeating the whole request has no second effect, so the answer may have one of
            // its own.
            let response = try await run(try Self.read(request), caller, request)
            return .refused(StoredAnswer(response, to: request), own: response)
        }
    }

    private func run(_ input: Input, _ caller: Caller, _ request: RequestContext) async throws -> HTTPResponse {
        // The order id of our own row is what was signed; the posted one only finds it.
        guard let known = try await dependencies.store.payment(providerOrder: input.order, of: caller.user),
            let order = known.providerOrder
        else { throw Problem(.notFound) }
        guard dependencies.account.isCheckoutSignature(input.signature, order: order, payment: input.payment) else {
            throw Problem(.signatureInvalid, detail: "razorpay_signature does not fit the order and the payment.")
        }
        let isSettled = known.providerPayment == input.payment && known.capturedAt != nil
        if !isSettled {
            try await dependencies.news.ask(input.payment, ofOrder: order, requestID: "\(request.requestID)")
        }
        return try await ReadPayments(dependencies: dependencies).answer(known.id, caller.user)
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            Input(
                order: providerID("razorpay_order_id", &body), payment: providerID("razorpay_payment_id", &body),
                signature: body.string("razorpay_signature", length: 1...256))
        }
    }

    private static func providerID(_ name: StaticString, _ body: inout JSONInput) -> String {
        let text = body.string(name, length: 1...64)
        if !text.isEmpty && !RazorpayID.isValid(text) {
            body.fail(name, code: "invalid", message: "not an id of the provider")
        }
        return text
    }
}
