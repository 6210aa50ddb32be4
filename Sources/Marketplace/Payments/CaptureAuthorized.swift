// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore

/// Takes authorized money that the provider has not taken by itself, where the order waits for exactly it, and gives it up
/// where nothing may be taken any more (the provider then gives it back).
///
/// The intent commits before the call. The call needs no key: a payment is captured once, and a repeated call is refused
/// with the payment as it is. An order that ends meanwhile makes the money late, which has its own end.
struct CaptureAuthorized: Sendable {
    let store: PaymentStore
    let client: RazorpayClient
    let news: PaymentNews
    let logger: Logger

    /// Looks at a payment as the provider has just described it; anything but authorized money is left alone.
    func settle(_ payment: RazorpayPayment) async throws {
        let isGone = payment.status == "refunded" && payment.isCaptured == false
        guard payment.status == "authorized" || isGone else { return }
        switch try await store.settleAuthorized(payment.id, isGone: isGone) {
        case .nothing: return
        case .voided(let order):
            CrashPoint.reach(.captureVoided)
            await news.tell(ofChanged: order)
            logger.notice("authorized money is given up", metadata: ["payment": "\(payment.id)"])
        case .capture(let amount):
            CrashPoint.reach(.captureIntentCommitted)
            let said = try await capture(payment.id, amount)
            CrashPoint.reach(.captureCallDone)
            try await news.tell(said, source: "poller")
            CrashPoint.reach(.captureResultCommitted)
        }
    }

    private func capture(_ payment: String, _ amount: Money) async throws(RazorpayError) -> RazorpayPayment {
        do throws(RazorpayError) {
            return try await client.capture(payment, amount: amount)
        } catch  where error.kind == .refused {
            // Perhaps because it is captured already, or because it cannot be any more: it says so itself.
            logger.notice("a capture was refused", metadata: ["payment": "\(payment)", "reason": "\(error)"])
            return try await client.payment(payment)
        }
    }
}
