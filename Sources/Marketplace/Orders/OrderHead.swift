// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What an order shows wherever it is shown: in lists, in full and where its state is polled.
struct OrderHead: Sendable {
    var id: OrderID
    var status: OrderStatus
    var payment: PaymentStatus
    var reservedUntil: Timestamp?
    var version: Int64

    /// The number that people read and type: the id's digits in upper case.
    var number: String {
        String(countMax: Self.numberLength) { writeNumber(to: &$0) }
    }

    /// Characters of an order's number.
    static let numberLength = OrderID.textLength - OrderID.prefixLength
    /// Characters of a part's number, at most: a dash and the position.
    static let partNumberLengthMax = numberLength + 20

    /// Appends the number.
    func writeNumber(to text: inout OutputSpan<UInt8>) {
        let start = text.count
        id.writeDigits(to: &text)
        var written = text.mutableSpan
        for place in start..<written.count where written[place] >= UInt8(ascii: "a") { written[place] -= 0x20 }
    }

    /// Appends the number of the part at a position, from 1.
    func writeNumber(to text: inout OutputSpan<UInt8>, part position: Int) {
        writeNumber(to: &text)
        text.append(UInt8(ascii: "-"))
        for digit in String(position).utf8 { text.append(digit) }
    }

    /// Writes id, number and the three statuses.
    func write(to json: inout JSONWriter, parts: [SellerOrderStatus]) {
        json.field("id", id)
        json.key("number")
        json.plainString(countMax: Self.numberLength) { writeNumber(to: &$0) }
        json.field("status", status.rawValue)
        json.field("payment_status", payment.rawValue)
        json.field("fulfilment_status", Self.fulfilment(parts))
    }

    /// Writes what is to be done next and until when.
    func writeNext(to json: inout JSONWriter, parts: [SellerOrderStatus]) {
        if status == .pendingPayment {
            json.fieldIfPresent("reserved_until", reservedUntil)
            // Money that is set aside is taken or given up before anything more may be paid.
            if payment != .authorized {
                json.object("next_action") { json in
                    json.field("type", "initiate_payment")
                    json.field("endpoint", "/api/payments/initiate/")
                }
            }
        }
        json.field("cancellable", isCancellable(parts))
    }

    private static let fulfilled: Set<SellerOrderStatus> = [
        .delivered, .completed, .returnInProgress, .partiallyReturned,
    ]

    /// How far the goods are; derived, never stored.
    static func fulfilment(_ parts: [SellerOrderStatus]) -> String {
        let done = parts.count { fulfilled.contains($0) }
        if !parts.isEmpty && parts.allSatisfy({ $0 == .returned }) { return "returned" }
        if done == 0 { return "unfulfilled" }
        return done == parts.count ? "fulfilled" : "partial"
    }

    /// Whether the buyer may still call it off: before it is paid as a whole, afterwards while a part is not on its way.
    func isCancellable(_ parts: [SellerOrderStatus]) -> Bool {
        switch status {
        case .pendingPayment: true
        case .confirmed, .processing:
            parts.contains { part in
                if case .moved = SellerOrderStatus.machine.step(from: part, .cancel, by: .buyer) { true } else { false }
            }
        case .pendingApproval, .completed, .expired, .cancelled: false
        }
    }
}
