// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a payment is begun with; what is nil is the order's, or made up.
struct NewPayment: Sendable {
    let method: ProviderPayment.Method
    var amount: Int64?
    var currency: Currency?
    var description: String?
    var email: String?
    var contact: String?
    var notes: Notes?

    /// What a payer does at the checkout.
    init(_ attempt: CheckoutAttempt, ids: IDSource) {
        method = .made(attempt.method, succeeds: attempt.outcome != .failed, ids: ids)
        amount = attempt.amount
        currency = attempt.currency
    }

    private static let names = [
        "amount", "currency", "order_id", "email", "contact", "method", "card", "vpa", "upi", "bank", "wallet",
        "description", "notes", "customer_id", "ip", "user_agent", "referer", "callback_url", "save",
        "authentication", "browser",
    ]

    /// What a server of the merchant sends: `POST /v1/payments/create/json` and `…/create/upi`.
    init(_ fields: RequestFields, ids: IDSource) throws(ProviderError) {
        try fields.allow(only: Self.names)
        method = try Self.method(fields, ids)
        amount = try RequestFields.required("amount", fields.integer("amount", in: 1...SandboxLimits.amountMax))
        currency = try Currency(RequestFields.required("currency", fields.text("currency", max: 16)))
        email = try RequestFields.required("email", fields.text("email", max: 255))
        contact = try RequestFields.required("contact", fields.text("contact", max: 20))
        description = try fields.text("description", max: 255)
        notes = try fields["notes"].map { (value) throws(ProviderError) in try Notes(value) }
    }

    private static func method(_ fields: RequestFields, _ ids: IDSource) throws(ProviderError) -> ProviderPayment.Method
    {
        let name = try RequestFields.required("method", fields.choice("method", of: ProviderPayment.Method.Name.self))
        switch name {
        case .upi:
            let upi = try fields.fields("upi")
            var address = try upi?.text("vpa", max: 255)
            if address == nil { address = try fields.text("vpa", max: 255) }
            let checked = try VirtualAddress.checked(RequestFields.required("vpa", address))
            return .upi(vpa: checked, reference: ids.digits(12))
        case .card:
            let card = try RequestFields.required("card", fields.fields("card"))
            let number = try RequestFields.required("number", card.text("number", max: 24)).split(separator: " ")
                .joined()
            guard (12...19).contains(number.utf8.count), OneTimePassword.isDigits(number) else {
                throw .invalid("number", "The card number is invalid.")
            }
            return .card(
                id: ids.make("card_"), authorization: ids.digits(6), lastDigits: String(number.suffix(4)))
        case .netbanking:
            return .netbanking(
                bank: try RequestFields.required("bank", fields.text("bank", max: 11)), transaction: ids.digits(7))
        case .wallet:
            return .wallet(name: try RequestFields.required("wallet", fields.text("wallet", max: 32)))
        }
    }
}

/// The addresses of UPI: `name@handle`.
enum VirtualAddress {
    /// The provider's test instruments.
    static let succeeds = "success@razorpay"
    static let fails = "failure@razorpay"

    static func checked(_ text: String) throws(ProviderError) -> String {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (2...100).contains($0.count) && $0.allSatisfy(isAllowed) }) else {
            throw .invalid("vpa", "Invalid VPA. Please enter a valid Virtual Payment Address")
        }
        return text
    }

    private static func isAllowed(_ octet: UInt8) -> Bool {
        IDSource.alphabet.contains(octet) || Array(".-_".utf8).contains(octet)
    }
}

/// What a bank sends to a phone.
enum OneTimePassword {
    /// The test bank takes so many digits; fewer or more fail.
    static let digits = 4...10

    static func isRight(_ password: String) -> Bool {
        digits.contains(password.utf8.count) && isDigits(password)
    }

    static func isDigits(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
