// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// An event of the provider as operators see it: everything but what it says, which may be somebody's own.
struct InboxEvent: Sendable, JSONWritable {
    /// Where an event stands.
    enum State: String, Sendable, CaseIterable {
        /// It came, and what became of it was not written down.
        case received
        /// It is applied.
        case processed
        /// It changes nothing here.
        case ignored
        /// Its name came before with another body: kept aside, never applied.
        case conflict
        /// It speaks of nothing that we know, yet.
        case waiting
        /// It contradicts what we know, waited too long, or cannot be read.
        case failed
        /// It had failed, and an operator had it applied.
        case replayed
    }

    let id: String
    let type: String
    let state: State
    let order: String?
    let payment: String?
    let note: String?
    let receivedAt: Timestamp
    let processedAt: Timestamp?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("type", type)
            json.field("state", state.rawValue)
            json.fieldIfPresent("provider_order_id", order)
            json.fieldIfPresent("provider_payment_id", payment)
            json.fieldIfPresent("note", note)
            json.field("received_at", receivedAt)
            json.fieldIfPresent("processed_at", processedAt)
        }
    }

    static let schema = Schema.object(
        [
            .required("id", .string(example: "evt_RkT6hW3nZsLq0P")),
            .required("type", .string(example: "payment.captured")),
            .required("state", .choice(of: State.self, example: .failed)),
            .optional("provider_order_id", .string(example: "order_RkT3s9pQvXz1Lm")),
            .optional("provider_payment_id", .string(example: "pay_RkT5b2nWqYc8Jd")),
            .optional("note", .string(example: "no payment of ours in 72 hours")),
            .required("received_at", .timestamp), .optional("processed_at", .timestamp),
        ], isClosed: true
    ).named("InboxEvent")
}
