// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A parcel with units of one seller's part.
struct Shipment: Sendable, JSONWritable {
    /// Something that befell it.
    struct Event: Sendable {
        var at: Timestamp
        var code: String
        var text: String?
        var location: String?
    }

    var id: ShipmentID
    var part: SellerOrderID
    var carrier: String
    var trackingNumber: String?
    var trackingURL: String?
    var ewayBill: String?
    var lines: [(line: OrderLineID, quantity: Int)]
    var status: String
    var shippedAt: Timestamp
    var deliveredAt: Timestamp?
    /// Oldest first.
    var events: [Event]

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("carrier", carrier)
        json.fieldIfPresent("tracking_number", trackingNumber)
        json.fieldIfPresent("tracking_url", trackingURL)
        json.fieldIfPresent("eway_bill", ewayBill)
        json.array("lines") { json in
            for (line, quantity) in lines {
                json.object { json in
                    json.field("line_id", line)
                    json.field("quantity", quantity)
                }
            }
        }
        json.field("status", status)
        json.field("shipped_at", shippedAt)
        json.fieldIfPresent("delivered_at", deliveredAt)
        json.array("events") { json in
            for event in events {
                json.object { json in
                    json.field("at", event.at)
                    json.field("code", event.code)
                    json.fieldIfPresent("text", event.text)
                    json.fieldIfPresent("location", event.location)
                }
            }
        }
    }

    /// Where it can be followed, and how it stands.
    func writeTracking(to json: inout JSONWriter) {
        json.object { json in
            json.field("carrier", carrier)
            json.fieldIfPresent("tracking_number", trackingNumber)
            json.fieldIfPresent("tracking_url", trackingURL)
            json.field("status", status)
        }
    }
}

extension SellerOrderStatus {
    /// Whether parcels may have left.
    var hasShipments: Bool {
        switch self {
        case .pendingPayment, .placed, .accepted, .packed, .rejected, .cancelled: false
        default: true
        }
    }
}

extension OrderDetail.SellerOrder {
    /// Whether parcels may have left.
    var hasShipments: Bool { status.hasShipments }
}
