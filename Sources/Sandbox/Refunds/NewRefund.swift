// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The body of a refund's creation.
struct NewRefund: Sendable {
    /// nil: all that is left.
    var amount: Int64?
    var speed = ProviderRefund.Speed.normal
    var receipt: String?
    var notes = Notes()

    /// Members that a body may have.
    static let names = ["amount", "speed", "receipt", "notes"]

    init() {}

    /// - Parameter others: members that the call knows besides.
    init(_ fields: RequestFields, others: [String] = []) throws(ProviderError) {
        try fields.allow(only: Self.names + others)
        if let value = fields["amount"] {
            guard value.kind == .integer else { throw .invalid("amount", "The amount must be an integer.") }
            // More digits than an Int64 has are more than any payment.
            amount = value.int64 ?? .max
        }
        speed = try fields.choice("speed", of: ProviderRefund.Speed.self) ?? speed
        receipt = try fields.text("receipt", max: NewOrder.receiptCharactersMax)
        notes = try Notes(fields["notes"])
    }
}
