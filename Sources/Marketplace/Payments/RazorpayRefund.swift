// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The provider's refund, as far as we read it.
struct RazorpayRefund: Sendable, Equatable {
    let id: String
    let payment: String
    /// Minor units.
    let amount: Int64
    let currency: String
    /// pending, processed, failed; others may come.
    let status: String
    let speedRequested: String?
    let speedProcessed: String?
    let receipt: String?
    /// Seconds since 1970.
    let createdAt: Int64?

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, RazorpayID.isValid(id), let payment = json["payment_id"]?.string,
            RazorpayID.isValid(payment), let amount = json["amount"]?.int64, amount >= 0,
            let currency = json["currency"]?.string, currency.utf8.count == 3, let status = json["status"]?.string
        else { return nil }
        self.id = id
        self.payment = payment
        self.amount = amount
        self.currency = currency
        self.status = String(status.prefix(40))
        speedRequested = RazorpayText.read(json["speed_requested"])
        speedProcessed = RazorpayText.read(json["speed_processed"])
        receipt = RazorpayText.read(json["receipt"])
        createdAt = json["created_at"]?.int64
    }

    /// The same as news.
    ///
    /// - Parameter payment: the payment's entity, where it was sent along.
    func news(event: String?, payment: RazorpayPayment?, actor: String, requestID: String?) -> RefundNews {
        let known = payment.flatMap { $0.id == self.payment ? $0 : nil }
        return RefundNews(
            event: event, refund: id,
            source: RefundNews.Source(
                payment: self.payment, order: known?.order, amount: known?.amount, isCaptured: known?.isCaptured),
            amount: amount, currency: currency, status: status, speedRequested: speedRequested,
            speedProcessed: speedProcessed, receipt: receipt, actor: actor, requestID: requestID)
    }
}

/// How the provider writes "nothing": as null, as an empty string, as "NA", or not at all.
enum RazorpayText {
    /// What is kept has a bound.
    private static let lengthMax = 500

    static func read(_ json: JSONValue?) -> String? {
        guard let text = json?.string, !text.isEmpty, text != "NA" else { return nil }
        return String(text.prefix(lengthMax))
    }
}
