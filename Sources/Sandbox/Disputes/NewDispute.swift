// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The body of `POST /control/disputes`.
struct NewDispute: Sendable {
    /// A merchant's time to answer, in seconds: seven days.
    static let respondWithinDefault: Int64 = 7 * 86_400
    private static let respondWithinMax: Int64 = 90 * 86_400

    let paymentID: String
    /// nil: all of it.
    let amount: Int64?
    let phase: ProviderDispute.Phase
    let reasonCode: String
    /// Seconds.
    let respondWithin: Int64

    init(_ fields: RequestFields) throws(ProviderError) {
        try fields.allow(only: ["payment_id", "amount", "phase", "reason_code", "respond_within"])
        paymentID = try RequestFields.required("payment_id", fields.text("payment_id", max: 64))
        amount = try fields.integer("amount", in: 1...SandboxLimits.amountMax)
        phase = try fields.choice("phase", of: ProviderDispute.Phase.self) ?? .chargeback
        reasonCode = try fields.text("reason_code", max: 64) ?? "goods_not_received"
        respondWithin = try Self.respondWithin(fields)
    }

    static func respondWithin(_ fields: RequestFields) throws(ProviderError) -> Int64 {
        try fields.integer("respond_within", in: 1...respondWithinMax) ?? respondWithinDefault
    }
}
