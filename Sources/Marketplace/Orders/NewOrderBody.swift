// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// An address as an order's body names it.
enum OrderAddress: Sendable {
    /// All of it.
    case given(PostalAddress)
    /// One of the buyer's address book.
    case book(AddressID)
}

/// The body of `POST /api/orders/create/`.
struct NewOrderBody: Sendable {
    let cartVersion: Int64
    let expectedTotal: Money
    let shipping: OrderAddress
    /// nil: the shipping address.
    let billing: OrderAddress?
    let note: String?
    let company: CompanyID?
    let purchaseOrder: String?
    /// The tax number that the order is billed to, in place of the billing address's.
    let gstin: GSTIN?
    let method: OrderPaymentMethod

    static func read(_ request: RequestContext) throws -> NewOrderBody {
        try request.json { body in
            let version = body.int("cart_version", in: 1...Int.max)
            let total = body.object("expected_total") { money in
                (amount: money.int("amount", in: 0...Int.max), currency: money.string("currency", length: 3...3))
            }
            let currency = Currency(total.currency)
            if currency == nil && !total.currency.isEmpty {
                body.fail("expected_total", code: "invalid", message: "not an ISO 4217 currency")
            }
            let shipping =
                try bookID("shipping_address_id", orObject: "shipping_address", &body)
                ?? .given(body.object("shipping_address") { address(&$0, isShipping: true) })
            let billing =
                try bookID("billing_address_id", orObject: "billing_address", &body)
                ?? body.optionalObject("billing_address") { address(&$0, isShipping: false) }.map { .given($0) }
            let method = body.string("payment_method", length: 1...32)
            let note = body.optionalString("customer_note", length: 0...2000)
            let company = body.optionalParsed("company_id", length: 1...64) { CompanyID($0) }
            let purchaseOrder = body.optionalString("po_number", length: 1...100)
            let gstin = body.optionalParsed("gstin", length: 15...15) { GSTIN($0) }
            if method == "credit_terms" {
                throw Problem(.paymentMethodUnavailable, detail: "No seller here gives credit.")
            } else if !method.isEmpty, OrderPaymentMethod(rawValue: method) == nil {
                body.fail("payment_method", code: "invalid", message: "razorpay, cod or credit_terms")
            }
            return NewOrderBody(
                cartVersion: Int64(version),
                expectedTotal: Money(minor: Int64(total.amount), currency: currency ?? .inr), shipping: shipping,
                billing: billing, note: note, company: company, purchaseOrder: purchaseOrder, gstin: gstin,
                method: OrderPaymentMethod(rawValue: method) ?? .razorpay)
        }
    }

    /// The order with its addresses as they stand now; it keeps a copy of each.
    ///
    /// - Parameter find: an address of the buyer's book, nil for somebody else's. Not called where the body has all.
    func order(find: (AddressID) async throws -> PostalAddress?) async throws -> NewOrder {
        func resolve(_ address: OrderAddress) async throws -> PostalAddress {
            switch address {
            case .given(let address): return address
            case .book(let id):
                guard let address = try await find(id) else {
                    throw Problem(.notFound, detail: "There is no such address.")
                }
                return address
            }
        }
        let shipping = try await resolve(shipping)
        guard PINRegions.hasPost(shipping.postalCode) else { throw Self.notServiceable }
        var billing = shipping
        if let other = self.billing { billing = try await resolve(other) }
        if let gstin { billing = try billed(to: gstin, at: billing) }
        return NewOrder(
            cartVersion: cartVersion, expectedTotal: expectedTotal, shipping: shipping, billing: billing, note: note,
            company: company, purchaseOrder: purchaseOrder, method: method)
    }

    /// 422: no post office has the PIN code that the goods are to go to.
    private static let notServiceable = Problem(
        .addressNotServiceable, detail: "No post office has this PIN code.",
        errors: [
            .init(
                pointer: "/shipping_address/postal_code", code: ProblemCode.addressNotServiceable.rawValue,
                message: "no post office has it")
        ])

    /// The billing address with the order's own tax number, which must be of the same state and of nobody else.
    private func billed(to gstin: GSTIN, at address: PostalAddress) throws -> PostalAddress {
        func refusal(_ code: String, _ message: String) -> Problem {
            Problem(.validationFailed, errors: [.init(pointer: "/gstin", code: code, message: message)])
        }
        if let state = gstin.state, state != address.state {
            throw refusal("state-mismatch", "is of \(state), the billing address of \(address.state)")
        }
        if let other = address.gstin, other != gstin.text {
            throw refusal("ambiguous", "is another one than the billing address's")
        }
        return PostalAddress(
            name: address.name, phone: address.phone, line1: address.line1, line2: address.line2, city: address.city,
            state: address.state, postalCode: address.postalCode, gstin: gstin.text)
    }

    /// The id where the body names one; it must not give the address besides.
    private static func bookID(
        _ name: StaticString, orObject object: StaticString, _ body: inout JSONInput
    ) throws -> OrderAddress? {
        guard let text = body.optionalString(name, length: 1...64) else { return nil }
        if body.contains(object), !body.isNull(object) {
            body.fail(name, code: "ambiguous", message: "an id or an address, not both")
        }
        guard let id = AddressID(text) else { throw Problem(.notFound, detail: "There is no such address.") }
        return .book(id)
    }

    /// - Parameter isShipping: goods are to go there: whether anybody can bring them is no question of form.
    private static func address(_ input: inout JSONInput, isShipping: Bool) -> PostalAddress {
        let address = PostalAddress(
            name: input.string("name", length: 1...120), phone: input.string("phone", length: 7...16),
            line1: input.string("line1", length: 1...200), line2: input.optionalString("line2", length: 0...200),
            city: input.string("city", length: 1...120), state: input.string("state_code", length: 2...2),
            postalCode: input.string("postal_code", length: 6...6),
            gstin: input.optionalParsed("gstin", length: 15...15) { GSTIN($0)?.text })
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
        } else if PostalAddress.states.contains(address.state), !address.postalCode.isEmpty,
            !isShipping || PINRegions.hasPost(address.postalCode),
            let fault = PINRegions.fault(of: address.postalCode, in: address.state)
        {
            // The state decides between CGST with SGST and IGST.
            input.fail("postal_code", code: "not-in-state", message: fault)
        }
        return address
    }
}
