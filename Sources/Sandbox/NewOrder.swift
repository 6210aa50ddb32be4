// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The body of `POST /v1/orders`.
struct NewOrder: Sendable {
    static let receiptCharactersMax = 40
    /// The provider's least capture window, in minutes, and its longest: three days.
    private static let expiryMinutes: ClosedRange<Int64> = 12...4320

    var amount: Int64
    var currency: Currency
    var receipt: String?
    var notes = Notes()
    var capture = ProviderOrder.Capture.automatic
    var captureOptions = ProviderOrder.CaptureOptions()
    /// A repeated receipt gives the order that has it, instead of another.
    var isReceiptUnique = false

    init(_ fields: RequestFields) throws(ProviderError) {
        let amount = try RequestFields.required("amount", fields["amount"])
        guard amount.kind == .integer else { throw .invalid("amount", "The amount must be an integer.") }
        // More digits than an Int64 has are more than the largest amount.
        self.amount = amount.int64 ?? .max
        currency = try Currency(RequestFields.required("currency", fields.text("currency", max: 16)))
        try currency.check(self.amount, min: currency.orderMin)
        receipt = try fields.text("receipt", max: Self.receiptCharactersMax)
        notes = try Notes(fields["notes"])
        isReceiptUnique = try fields.flag("unique_receipt") ?? false
        if isReceiptUnique, receipt?.isEmpty != false {
            throw .invalid("receipt", "The receipt field is required when unique_receipt is true.")
        }
        capture = try Self.capture(fields)
        if let options = try fields.fields("payment")?.fields("capture_options") {
            captureOptions.automaticMinutes = try options.integer("automatic_expiry_period", in: Self.expiryMinutes)
            captureOptions.manualMinutes =
                try options.integer("manual_expiry_period", in: Self.expiryMinutes) ?? captureOptions.manualMinutes
            captureOptions.refundSpeed =
                try options.choice("refund_speed", of: ProviderRefund.Speed.self) ?? captureOptions.refundSpeed
        }
        if try fields.flag("partial_payment") == true || fields["first_payment_min_amount"] != nil {
            throw .invalid("partial_payment", "Partial payments are not enabled for this account.")
        }
        if fields["transfers"] != nil {
            throw .invalid("transfers", "Route is not enabled for this account.")
        }
    }

    /// `payment.capture`, or the old flag `payment_capture`.
    private static func capture(_ fields: RequestFields) throws(ProviderError) -> ProviderOrder.Capture {
        if let payment = try fields.fields("payment") {
            return try RequestFields.required("capture", payment.choice("capture", of: ProviderOrder.Capture.self))
        }
        guard let flag = fields["payment_capture"] else { return .automatic }
        switch (flag.bool, flag.int64, flag.string) {
        case (true?, _, _), (_, 1?, _), (_, _, "1"?): return .automatic
        case (false?, _, _), (_, 0?, _), (_, _, "0"?): return .manual
        default: throw .invalid("payment_capture", "The payment_capture must be 0 or 1.")
        }
    }
}
