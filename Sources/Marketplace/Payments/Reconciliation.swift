// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
import MarketHTTP

/// The time that a run compares: from, and before to.
public struct ReconciledSpan: Sendable, Equatable {
    /// Not before.
    public let from: Timestamp
    /// Before.
    public let to: Timestamp

    /// nil for a span that holds nothing.
    public init?(from: Timestamp, to: Timestamp) {
        guard from < to else { return nil }
        self.from = from
        self.to = to
    }
}

/// A comparison with the provider.
public struct Reconciliation: Sendable, JSONWritable {
    /// How far a run is.
    public enum State: String, Sendable, CaseIterable {
        /// Nobody has begun it.
        case queued
        /// It is under way, or was broken off and goes on.
        case running
        /// It has ended.
        case done
    }

    /// What a run looks at, in this order.
    enum Step: String, Sendable {
        /// The provider's payments.
        case payments
        /// The provider's refunds.
        case refunds
        /// Our attempts that have not ended: what was paid on their orders.
        case orders
        /// Our money that the provider did not name, and what the ledger says of all of it.
        case ours
        /// The provider's disputes.
        case disputes
        /// Our disputes that are open, of whatever day.
        case disputed
        /// What the provider has paid to the bank.
        case settlements
        /// What the ledger says of the bank, and the provider did not name.
        case bank
        /// It has ended.
        case end
    }

    /// Its name.
    public let id: ReconciliationID
    /// What it compares.
    public let span: ReconciledSpan
    /// Who began it: `leader`, `command`, or an admin.
    public let origin: String
    /// How far it is.
    public let state: State
    let step: Step
    let position: String
    /// Objects that are here as they are there.
    public let matched: Int
    /// Objects that the provider, or the ledger, has and we did not have, or not so.
    public let missingHere: Int
    /// Objects of ours that the provider does not know.
    public let missingThere: Int
    /// Objects whose amount or currency differs.
    public let amountDiff: Int
    /// Differences that the run has made good.
    public let repaired: Int
    /// When it was asked for.
    public let createdAt: Timestamp
    /// When it ended.
    public let endedAt: Timestamp?

    /// Differences that somebody has to look at.
    public var open: Int { missingHere + missingThere + amountDiff - repaired }

    /// Writes all but what was found.
    public func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    /// Writes the members without the braces around them.
    public func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("from", span.from)
        json.field("to", span.to)
        json.field("origin", origin)
        json.field("state", state.rawValue)
        json.field("matched", matched)
        json.field("missing_here", missingHere)
        json.field("missing_there", missingThere)
        json.field("amount_diff", amountDiff)
        json.field("repaired", repaired)
        json.field("open", open)
        json.field("created_at", createdAt)
        json.fieldIfPresent("ended_at", endedAt)
    }
}

/// Something that did not match.
public struct ReconciledDifference: Sendable, JSONWritable {
    /// The kinds of objects.
    public enum Kind: String, Sendable, CaseIterable {
        /// A payment.
        case payment
        /// A refund.
        case refund
        /// What the ledger says of one of them.
        case ledger
        /// A dispute.
        case dispute
        /// What the provider has paid to the bank.
        case settlement
    }

    /// The kinds of differences.
    public enum Difference: String, Sendable, CaseIterable {
        /// The provider has it, we had not; or it has no entry in the ledger.
        case missingHere = "missing_here"
        /// We have it, the provider does not know it.
        case missingThere = "missing_there"
        /// Another amount or currency.
        case amountDiff = "amount_diff"
    }

    /// What it is.
    public let kind: Kind
    /// What is wrong with it.
    public let difference: Difference
    /// The provider's name of it.
    public let providerID: String
    let order: OrderID?
    let theirs: Int64?
    let ours: Int64?
    let currency: String?
    /// More about it.
    public let note: String?
    /// Whether it is as it should be now.
    public let isRepaired: Bool

    /// Writes it.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", kind.rawValue)
            json.field("difference", difference.rawValue)
            json.field("provider_id", providerID)
            json.fieldIfPresent("order_id", order)
            json.fieldIfPresent("theirs", theirs)
            json.fieldIfPresent("ours", ours)
            json.fieldIfPresent("currency", currency)
            json.fieldIfPresent("note", note)
            json.field("repaired", isRepaired)
        }
    }
}

/// The words with which reconciliations are described in OpenAPI.
enum ReconciliationSchema {
    private static let count = Schema.integer(0...Int.max, example: 0)

    static let members: [Schema.Property] = [
        .required("id", .id(ReconciliationID.self)), .required("from", .timestamp), .required("to", .timestamp),
        .required("origin", Schema.string(example: "leader").says("leader, command, or the admin who asked for it.")),
        .required("state", .choice(of: Reconciliation.State.self, example: .done)),
        .required("matched", .integer(0...Int.max, example: 412)), .required("missing_here", count),
        .required("missing_there", count), .required("amount_diff", count), .required("repaired", count),
        .required("open", count.says("Differences that somebody has to look at.")),
        .required("created_at", .timestamp), .optional("ended_at", .timestamp),
    ]

    static let run = Schema.object(members, isClosed: true).named("Reconciliation")

    static let difference = Schema.object(
        [
            .required("kind", .choice(of: ReconciledDifference.Kind.self, example: .payment)),
            .required("difference", .choice(of: ReconciledDifference.Difference.self, example: .missingHere)),
            .required("provider_id", .string(example: "pay_RkT5b2nWqYc8Jd")),
            .optional("order_id", .id(OrderID.self)),
            .optional(
                "theirs", Schema.integer(0...Int.max, example: 259_800).says("Minor units, as the provider says.")),
            .optional("ours", Schema.integer(example: 259_800).says("Minor units, as we, or the ledger, say.")),
            .optional("currency", .currency), .optional("note", .string(example: "no order of ours")),
            .required("repaired", .boolean(example: true)),
        ], isClosed: true
    ).named("ReconciledDifference")
}
