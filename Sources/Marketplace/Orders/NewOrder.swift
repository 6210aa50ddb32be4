// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// The body of `POST /api/orders/create/`.
struct NewOrder: Sendable {
    let cartVersion: Int64
    let expectedTotal: Money
    let shipping: PostalAddress
    let billing: PostalAddress
    let note: String?

    static func read(_ request: RequestContext) throws -> NewOrder {
        try request.json { body in
            let version = body.int("cart_version", in: 1...Int.max)
            let total = body.object("expected_total") { money in
                (amount: money.int("amount", in: 0...Int.max), currency: money.string("currency", length: 3...3))
            }
            let currency = Currency(total.currency)
            if currency == nil && !total.currency.isEmpty {
                body.fail("expected_total", code: "invalid", message: "not an ISO 4217 currency")
            }
            let shipping = body.object("shipping_address") { address(&$0) }
            let billing = body.optionalObject("billing_address") { address(&$0) }
            let method = body.string("payment_method", length: 1...32)
            let note = body.optionalString("customer_note", length: 0...2000)
            if !["", "razorpay", "cod", "credit_terms"].contains(method) {
                body.fail("payment_method", code: "invalid", message: "razorpay, cod or credit_terms")
            } else if ["cod", "credit_terms"].contains(method) {
                throw Problem(.paymentMethodUnavailable, detail: "This store takes online payment only.")
            }
            return NewOrder(
                cartVersion: Int64(version),
                expectedTotal: Money(minor: Int64(total.amount), currency: currency ?? .inr),
                shipping: shipping, billing: billing ?? shipping, note: note)
        }
    }

    private static func address(_ input: inout JSONInput) -> PostalAddress {
        let address = PostalAddress(
            name: input.string("name", length: 1...120), phone: input.string("phone", length: 7...16),
            line1: input.string("line1", length: 1...200), line2: input.optionalString("line2", length: 0...200),
            city: input.string("city", length: 1...120), state: input.string("state_code", length: 2...2),
            postalCode: input.string("postal_code", length: 6...6),
            gstin: input.optionalString("gstin", length: 15...15))
        if let country = input.optionalString("country", length: 2...2), country != "IN" {
            input.fail("country", code: "invalid", message: "IN only")
        }
        if !address.phone.isEmpty && !PostalAddress.isPhone(address.phone) {
            input.fail("phone", code: "invalid", message: "7 to 15 digits")
        }
        if !address.state.isEmpty && !PostalAddress.states.contains(address.state) {
            input.fail("state_code", code: "invalid", message: "no state or union territory")
        }
        if !address.postalCode.isEmpty && !PostalAddress.isPostalCode(address.postalCode) {
            input.fail("postal_code", code: "invalid", message: "not a PIN code")
        }
        return address
    }
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
