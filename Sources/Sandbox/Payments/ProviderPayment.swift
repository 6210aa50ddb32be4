// SPDX-License-Identifier: Apache-2.0
import HTTP

/// One try to pay an order.
struct ProviderPayment: Sendable {
    /// `created` is a payment that the bank has not answered for. `failed` is not the end: the bank may still say yes, and the payment is authorized late. `refunded` is a payment of
    /// which nothing is left, captured before or not.
    enum Status: String, Sendable {
        case created, authorized, captured, refunded, failed
    }

    /// How it is paid, with what the bank says about it.
    enum Method: Sendable {
        case upi(vpa: String, reference: String)
        case card(id: String, authorization: String, lastDigits: String)
        case netbanking(bank: String, transaction: String)
        case wallet(name: String)
    }

    let id: String
    let orderID: String
    var amount: Int64
    let currency: Currency
    let method: Method
    let description: String
    /// Unix seconds.
    let createdAt: Int64
    var notes: Notes
    var status: Status
    /// Stays true when it is refunded.
    var isCaptured = false
    /// Refunds that have not failed.
    var amountRefunded: Int64 = 0
    /// Its refunds, oldest first.
    var refundIDs: [String] = []
    /// Its disputes, oldest first.
    var disputeIDs: [String] = []
    /// The bank agreed after it had failed.
    var isLate = false
    var email = "asha@example.com"
    var contact = "+919000000001"

    /// The provider's fee, tax included: two per cent and 18 per cent GST on them. None before the capture.
    var fee: (total: Int64, tax: Int64)? {
        guard isCaptured else { return nil }
        let base = (amount * 2 + 50) / 100
        let tax = (base * 18 + 50) / 100
        return (base + tax, tax)
    }

    /// nil, `partial` or `full`.
    var refundStatus: String? {
        if amountRefunded == 0 { return nil }
        return amountRefunded >= amount ? "full" : "partial"
    }

    /// Counts a refund in, or one that failed out again.
    mutating func add(refunded change: Int64) {
        amountRefunded += change
        if amountRefunded >= amount {
            status = .refunded
        } else if status == .refunded {
            status = isCaptured ? .captured : .authorized
        }
    }
}

/// Why a payment failed, as the payment entity and the checkout tell it.
enum PaymentFailure {
    static let code = "BAD_REQUEST_ERROR"
    static let description = "Payment was not completed: the bank declined it."
    static let source = "bank"
    static let step = "payment_authorization"
    static let reason = "payment_failed"
}

extension ProviderPayment: EventEntity {
    static var eventName: String { "payment" }

    /// One rupee more.
    var altered: ProviderPayment {
        var payment = self
        payment.amount += 100
        return payment
    }

    func write(to json: inout JSONWriter) {
        json.object { json in writeMembers(to: &json) }
    }

    func writeMembers(to json: inout JSONWriter) {
        let isFailed = status == .failed
        json.field("id", id)
        json.field("entity", "payment")
        json.field("amount", amount)
        json.field("currency", currency.code)
        json.field("base_amount", amount)
        json.field("status", status.rawValue)
        json.field("order_id", orderID)
        json.nullField("invoice_id")
        json.field("international", currency != .inr)
        json.field("method", method.name)
        json.field("amount_refunded", amountRefunded)
        json.field("amount_transferred", 0)
        json.field("refund_status", refundStatus)
        json.field("captured", isCaptured)
        json.field("description", description)
        method.writeMembers(to: &json)
        json.field("email", email)
        json.field("contact", contact)
        json.field("notes", notes)
        json.field("fee", fee?.total)
        json.field("tax", fee?.tax)
        json.field("error_code", isFailed ? PaymentFailure.code : nil)
        json.field("error_description", isFailed ? PaymentFailure.description : nil)
        json.field("error_source", isFailed ? PaymentFailure.source : nil)
        json.field("error_step", isFailed ? PaymentFailure.step : nil)
        json.field("error_reason", isFailed ? PaymentFailure.reason : nil)
        json.object("acquirer_data") { json in
            method.writeAcquirerData(to: &json, isAnswered: status != .failed && status != .created)
        }
        json.field("created_at", createdAt)
        if isLate { json.field("late_authorized", true) }
    }
}

extension ProviderPayment.Method {
    /// The names a payer may choose from.
    enum Name: String, CaseIterable {
        case upi, card, netbanking, wallet
    }

    /// A method with what the bank would make up.
    static func made(_ name: Name, succeeds: Bool, ids: IDSource) -> ProviderPayment.Method {
        switch name {
        case .upi: .upi(vpa: succeeds ? "success@razorpay" : "failure@razorpay", reference: ids.digits(12))
        case .card: .card(id: ids.make("card_"), authorization: ids.digits(6), lastDigits: "1007")
        case .netbanking: .netbanking(bank: "HDFC", transaction: ids.digits(7))
        case .wallet: .wallet(name: "olamoney")
        }
    }

    var name: String {
        switch self {
        case .upi: Name.upi.rawValue
        case .card: Name.card.rawValue
        case .netbanking: Name.netbanking.rawValue
        case .wallet: Name.wallet.rawValue
        }
    }

    fileprivate func writeMembers(to json: inout JSONWriter) {
        var card: String?
        var bank: String?
        var wallet: String?
        var vpa: String?
        switch self {
        case .upi(let address, _): vpa = address
        case .card(let id, _, _): card = id
        case .netbanking(let name, _): bank = name
        case .wallet(let name): wallet = name
        }
        json.field("card_id", card)
        json.field("bank", bank)
        json.field("wallet", wallet)
        json.field("vpa", vpa)
    }

    /// A payment that the bank has not agreed to has no number there.
    fileprivate func writeAcquirerData(to json: inout JSONWriter, isAnswered: Bool) {
        switch self {
        case .upi(_, let reference): json.field("rrn", isAnswered ? reference : nil)
        case .card(_, let authorization, _): json.field("auth_code", isAnswered ? authorization : nil)
        case .netbanking(_, let transaction): json.field("bank_transaction_id", isAnswered ? transaction : nil)
        case .wallet: json.nullField("transaction_id")
        }
    }
}
