// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto

/// A webhook as it is kept: the octets and their signature, made once.
struct WebhookEvent: Sendable {
    enum State: Sendable {
        /// To be sent, or sent without success so far.
        case waiting
        /// The endpoint has acknowledged it.
        case delivered
        /// Not sent any more: dropped by a fault, without an address, or unacknowledged for a day.
        case undelivered
    }

    /// Octets with what signs them.
    struct Content: Sendable {
        let body: [UInt8]
        /// nil when the secret was empty: then there is no signature.
        var signature: String?

        init(_ body: [UInt8], secret: String) {
            self.body = body
            signature = Self.signature(of: body, secret: secret)
        }

        /// Lower-case hexadecimal HMAC-SHA256 of the octets.
        static func signature(of body: [UInt8], secret: String) -> String? {
            secret.isEmpty ? nil : HMACSHA256.code(body, key: Array(secret.utf8)).hex
        }
    }

    /// The same for every copy and every retry.
    let id: String
    let name: String
    let createdAt: Timestamp
    var content: Content
    /// The other body of a fault.
    var otherContent: Content?
    let faults: FaultPlan.Event
    var state = State.waiting
    /// When it was replayed, within the last day.
    var replays: [Timestamp] = []

    /// Replays in a day.
    static let replaysMax = 5
    /// How old an event may be to be replayed.
    static let replayAgeMax: Duration = .seconds(7 * 86_400)

    init(_ draft: EventDraft, id: String, at now: Timestamp, secret: String, faults: FaultPlan.Event) {
        self.id = id
        name = draft.name.rawValue
        createdAt = now
        self.faults = faults
        content = Content(draft.body(at: now.seconds, escape: faults.escape), secret: secret)
        if faults.hasBadSignature {
            content.signature = Content.signature(of: content.body, secret: "another secret than " + secret)
        }
        if faults.hasOtherBody {
            otherContent = Content(draft.altered.body(at: now.seconds, escape: faults.escape), secret: secret)
        }
    }
}
