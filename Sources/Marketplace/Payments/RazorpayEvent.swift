// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP

/// A webhook's body, read: which event it is, and what it asks of our books.
struct RazorpayEvent: Sendable {
    /// The provider's name of the event; `unreadable` for a body that is signed and is not what the provider documents.
    let type: String
    let kind: PaymentMessage.Kind
    let payment: RazorpayPayment?
    /// The refund that it speaks of; then `kind` is `ignored` and `payment` nil: what else the event holds only illustrates.
    let refund: RazorpayRefund?
    /// The dispute that it speaks of, likewise.
    let dispute: RazorpayDispute?
    /// The settlement that it speaks of, likewise.
    let settlement: String?
    /// The payment of that refund or dispute, where it was sent along.
    let source: RazorpayPayment?
    /// Why a signed event could not be understood; for the log and an operator.
    let complaint: String?
    /// False for what is not as the provider documents it: it may move money, so an operator has to look at it. A complaint about
    /// what could be read only tells why it changes nothing.
    let isReadable: Bool

    /// The events that move money towards us, and what each means at most. Beside them and those of refunds, disputes and
    /// settlements everything is kept and changes nothing.
    private static let paymentEvents: [String: PaymentMessage.Kind] = [
        "payment.authorized": .authorized, "payment.captured": .captured, "order.paid": .captured,
        "payment.failed": .failed,
    ]
    /// The events that move money back.
    private static let refundEvents: Set<String> = [
        "refund.created", "refund.processed", "refund.failed", "refund.speed_changed",
    ]

    /// The event that tells of money on its way to a bank.
    private static let settlementEvent = "settlement.processed"

    /// Names longer than this are cut: the longest known one has 47 characters.
    private static let typeLengthMax = 64

    init(body: [UInt8]) {
        guard let document = try? JSONDocument(parsing: body), let type = document.root["event"]?.string, !type.isEmpty
        else {
            self.init(unreadable: "unreadable", complaint: "no strict JSON with an event's name")
            return
        }
        let name = String(type.prefix(Self.typeLengthMax))
        let payload = document.root["payload"]
        if Self.refundEvents.contains(type) {
            let source = payload?["payment"]?["entity"].flatMap { RazorpayPayment($0) }
            guard let refund = payload?["refund"]?["entity"].flatMap({ RazorpayRefund($0) }) else {
                self.init(unreadable: name, complaint: "no refund entity with id, payment, amount, currency and status")
                return
            }
            self.init(type: name, refund: refund, source: source)
            return
        }
        if DisputeNews.events.contains(type) {
            guard let dispute = payload?["dispute"]?["entity"].flatMap({ RazorpayDispute($0) }) else {
                self.init(unreadable: name, complaint: "no dispute entity with a phase and a status that we know")
                return
            }
            let source = payload?["payment"]?["entity"].flatMap { RazorpayPayment($0) }
            self.init(type: name, dispute: dispute, source: source)
            return
        }
        if type == Self.settlementEvent {
            let settlement = payload?["settlement"]?["entity"]?["id"]?.string
            guard let settlement, RazorpayID.isValid(settlement) else {
                self.init(type: name, complaint: "no settlement entity with an id")
                return
            }
            self.init(type: name, settlement: settlement)
            return
        }
        guard let claimed = Self.paymentEvents[type] else {
            self.init(type: name)
            return
        }
        guard let entity = payload?["payment"]?["entity"], let payment = RazorpayPayment(entity) else {
            self.init(unreadable: name, complaint: "no payment entity with id, amount, currency and status")
            return
        }
        // The event's word counts no more than the entity's status: a capture must be one.
        let kind = Self.weaker(claimed, payment.kind)
        self.init(
            type: name, kind: kind, payment: kind == .ignored ? nil : payment,
            complaint: kind == .ignored ? "the payment's status is \(payment.status)" : nil)
    }

    private init(
        type: String, kind: PaymentMessage.Kind = .ignored, payment: RazorpayPayment? = nil,
        refund: RazorpayRefund? = nil, dispute: RazorpayDispute? = nil, settlement: String? = nil,
        source: RazorpayPayment? = nil, complaint: String? = nil, isReadable: Bool = true
    ) {
        self.type = type
        self.kind = kind
        self.payment = payment
        self.refund = refund
        self.dispute = dispute
        self.settlement = settlement
        self.source = source
        self.complaint = complaint
        self.isReadable = isReadable
    }

    private init(unreadable type: String, complaint: String) {
        self.init(type: type, complaint: complaint, isReadable: false)
    }

    private static func weaker(
        _ claimed: PaymentMessage.Kind, _ status: PaymentMessage.Kind?
    ) -> PaymentMessage.Kind {
        guard let status else { return .ignored }
        return claimed.rawValue <= status.rawValue ? claimed : status
    }

    /// The name under which an event is kept once: the provider's id, or the body's hash where none was sent.
    ///
    /// - Parameter header: 1…100 visible ASCII characters; anything else is as if it were missing.
    static func id(header: String?, bodyHash: Digest256) -> String {
        if let header, (1...100).contains(header.utf8.count), header.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            return header
        }
        return "sha256:" + bodyHash.hex
    }
}
