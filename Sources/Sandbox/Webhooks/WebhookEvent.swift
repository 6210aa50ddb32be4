// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto

/// A webhook as it is kept: the octets and their signatures, made once.
struct WebhookEvent: Sendable {
    enum State: Sendable {
        /// To be sent, or sent without success so far.
        case waiting
        /// The endpoint has acknowledged it.
        case delivered
        /// Not sent any more: dropped by a fault, without an address, or unacknowledged for a day.
        case undelivered
    }

    /// An event on its way to one address.
    struct Delivery: Sendable {
        let endpointID: String
        /// nil when the secret was empty: then there is none.
        var signature: String?
        /// Of the other body of a fault.
        var otherSignature: String?
        var state = State.waiting

        /// Signed with the address's secret of now.
        init(_ body: [UInt8], to endpoint: WebhookEndpoint) {
            endpointID = endpoint.id
            signature = Self.signature(of: body, secret: endpoint.secret)
        }

        /// Lower-case hexadecimal HMAC-SHA256 of the octets.
        static func signature(of body: [UInt8], secret: String) -> String? {
            secret.isEmpty ? nil : HMACSHA256.code(body, key: Array(secret.utf8)).hex
        }
    }

    /// The same for every copy, every retry and every address.
    let id: String
    let name: String
    let accountID: String
    let createdAt: Timestamp
    let body: [UInt8]
    /// The other body of a fault.
    private(set) var otherBody: [UInt8]?
    let faults: FaultPlan.Event
    var deliveries: [Delivery]
    /// When it was replayed, within the last day.
    var replays: [Timestamp] = []

    /// Whether an address has yet to acknowledge it.
    var isWaiting: Bool { deliveries.contains { $0.state == .waiting } }

    /// Replays in a day.
    static let replaysMax = 5
    /// How old an event may be to be replayed.
    static let replayAgeMax: Duration = .seconds(7 * 86_400)

    init(
        _ draft: EventDraft, id: String, at now: Timestamp, to endpoints: [WebhookEndpoint], faults: FaultPlan.Event
    ) {
        self.id = id
        name = draft.name.rawValue
        accountID = draft.accountID
        createdAt = now
        self.faults = faults
        let spelling = EventDraft.Spelling(escape: faults.escape, keyOrder: faults.keyOrder, seed: faults.seed)
        let body = draft.body(at: now.seconds, spelling)
        let other = faults.hasOtherBody ? draft.altered.body(at: now.seconds, spelling) : nil
        self.body = body
        otherBody = other
        deliveries = endpoints.map { endpoint in
            var delivery = Delivery(body, to: endpoint)
            if faults.hasOldSecret {
                let old = endpoint.previousSecret ?? "an older secret than " + endpoint.secret
                delivery.signature = Delivery.signature(of: body, secret: old)
            }
            if faults.hasBadSignature {
                delivery.signature = Delivery.signature(of: body, secret: "another secret than " + endpoint.secret)
            }
            delivery.otherSignature = other.flatMap { Delivery.signature(of: $0, secret: endpoint.secret) }
            return delivery
        }
    }
}
