// SPDX-License-Identifier: Apache-2.0
import HTTP

/// An entity that events tell about.
protocol EventEntity: JSONWritable, Sendable {
    /// Its member in an event's payload.
    static var eventName: String { get }
    /// The same with another amount, or otherwise changed: what an event id must not be used for twice.
    var altered: Self { get }
}

/// Something the merchant is to be told: the entities as they were when it happened.
struct EventDraft: Sendable {
    enum Name: String, Sendable {
        case paymentAuthorized = "payment.authorized"
        case paymentCaptured = "payment.captured"
        case paymentFailed = "payment.failed"
        case orderPaid = "order.paid"
        case refundCreated = "refund.created"
        case refundProcessed = "refund.processed"
        case refundFailed = "refund.failed"
        case refundSpeedChanged = "refund.speed_changed"
        case disputeCreated = "payment.dispute.created"
        case disputeUnderReview = "payment.dispute.under_review"
        case disputeActionRequired = "payment.dispute.action_required"
        case disputeWon = "payment.dispute.won"
        case disputeLost = "payment.dispute.lost"
        case disputeClosed = "payment.dispute.closed"
        case downtimeStarted = "payment.downtime.started"
        case downtimeUpdated = "payment.downtime.updated"
        case downtimeResolved = "payment.downtime.resolved"
    }

    /// The platform's account.
    static let accountID = "acc_SbxMkt0000001A"

    let name: Name
    /// Whose event it is: the platform's, or a linked account's.
    var accountID = Self.accountID
    private var entities: [any EventEntity]

    init(_ name: Name, _ entities: any EventEntity...) {
        self.name = name
        self.entities = entities
    }

    /// The same event about something else.
    var altered: EventDraft {
        var draft = self
        draft.entities[0] = draft.entities[0].altered
        return draft
    }

    /// The envelope in one line: the octets that are signed and sent.
    func body(at now: Int64, escape: EscapeStyle) -> [UInt8] {
        var json = JSONWriter(capacity: 1536)
        json.object { json in
            json.field("entity", "event")
            json.field("account_id", accountID)
            json.field("event", name.rawValue)
            json.field("contains", entities.map { type(of: $0).eventName })
            json.object("payload") { json in
                for entity in entities {
                    json.key(dynamic: type(of: entity).eventName)
                    json.object { json in json.field("entity", entity) }
                }
            }
            json.field("created_at", now)
        }
        return escape.applied(to: json.bytes)
    }
}
