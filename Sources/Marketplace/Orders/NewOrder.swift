// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// What `POST /api/orders/create/` asks for, with its addresses.
struct NewOrder: Sendable {
    let cartVersion: Int64
    let expectedTotal: Money
    let shipping: PostalAddress
    let billing: PostalAddress
    let note: String?
    /// The company that the buyer believes the cart to be for; nil: whatever it is.
    let company: CompanyID?
    /// The order's number in the company's books.
    let purchaseOrder: String?
    let method: OrderPaymentMethod
}

/// How an order can be paid. Credit terms are a word of the API and nobody's to have: no seller can give a company credit yet.
enum OrderPaymentMethod: String, Sendable {
    /// Online, before anything is done.
    case razorpay
    /// In cash at the door: the order is confirmed at once.
    case cod
}

extension PostalAddress {
    /// The address as orders keep and show it.
    var json: [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("name", name)
            json.field("phone", phone)
            json.field("line1", line1)
            json.fieldIfPresent("line2", line2)
            json.field("city", city)
            json.field("state_code", state)
            json.field("postal_code", postalCode)
            json.field("country", "IN")
            json.fieldIfPresent("gstin", gstin)
        }
        return json.bytes
    }
}
