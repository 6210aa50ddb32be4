// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a merchant says of a transfer.
struct NewTransfer: Sendable {
    /// The times that `on_hold_until` takes, in Unix seconds: the years 2000 to 2120.
    static let holdTimes: ClosedRange<Int64> = 946_684_800...4_765_046_400
    /// Transfers of one call.
    private static let countMax = 20

    let account: String
    let amount: Int64
    let notes: Notes
    let linkedNotes: [String]
    let isOnHold: Bool
    let onHoldUntil: Int64?

    init(_ fields: RequestFields) throws(ProviderError) {
        try fields.allow(only: [
            "account", "amount", "currency", "notes", "linked_account_notes", "on_hold", "on_hold_until",
        ])
        account = try RequestFields.required("account", fields.text("account", max: 64))
        amount = try RequestFields.required("amount", fields.integer("amount", in: 100...SandboxLimits.amountMax))
        guard try Currency(RequestFields.required("currency", fields.text("currency", max: 16))) == .inr else {
            throw .invalid("currency", "Transfers are made in INR only.")
        }
        notes = try Notes(fields["notes"])
        linkedNotes = try (fields["linked_account_notes"]?.elements ?? []).map { (value) throws(ProviderError) in
            guard let name = value.string, name.utf8.count <= Notes.charactersMax else {
                throw .invalid("linked_account_notes", "The linked_account_notes must be keys of notes.")
            }
            return name
        }
        isOnHold = try Self.flag(fields) ?? false
        onHoldUntil = try fields.integer("on_hold_until", in: Self.holdTimes)
        guard onHoldUntil == nil || isOnHold else {
            throw .invalid("on_hold_until", "The on_hold_until may be sent only when on_hold is true.")
        }
    }

    /// `on_hold`, also as 0 and 1.
    static func flag(_ fields: RequestFields) throws(ProviderError) -> Bool? {
        if let number = fields["on_hold"]?.int64, number == 0 || number == 1 { return number == 1 }
        return try fields.flag("on_hold")
    }

    /// The member `transfers` of an order or a call.
    static func list(_ value: JSONValue) throws(ProviderError) -> [NewTransfer] {
        guard let elements = value.elements, (1...countMax).contains(elements.count) else {
            throw .invalid("transfers", "The transfers must be an array of 1 to \(countMax).")
        }
        return try elements.map { (element) throws(ProviderError) in try NewTransfer(RequestFields(element)) }
    }
}
