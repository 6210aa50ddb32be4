// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/payments`: what there is, and what a merchant does with it.
enum PaymentRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.get, "/v1/payments", name: "payments.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query, others: ["expand[]"])
                let expand = try PaymentExpansion(request.query)
                return .json(EntityList(items: await provider.listPayments(list, expand)))
            },
            Route(.get, "/v1/payments/{id}", name: "payments.fetch", access: access, query: nil) { request in
                try ListQuery.allow(request.query, only: ["expand[]"])
                let expand = try PaymentExpansion(request.query)
                return .json(ListedPayment(payment: try await provider.book.payment(request.id), expand: expand))
            },
            Route(
                .patch, "/v1/payments/{id}", name: "payments.edit", access: access, query: nil,
                bodyMax: SandboxLimits.requestBytes
            ) { request in
                .json(try await provider.editPayment(request.id, notes: RequestFields(request).onlyNotes()))
            },
            Route(.get, "/v1/payments/{id}/card", name: "payments.card", access: access, query: nil) { request in
                let payment = try await provider.book.payment(request.id)
                guard let card = PaymentCard(payment) else {
                    throw ProviderError.refused("The payment was not made by card.")
                }
                return .json(card)
            },
            Route(.post, "/v1/payments/{id}/capture", name: "payments.capture", access: access, query: nil) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["amount", "currency"])
                let amount = try RequestFields.required(
                    "amount", fields.integer("amount", in: 1...SandboxLimits.amountMax))
                let currency = try Currency(RequestFields.required("currency", fields.text("currency", max: 16)))
                return .json(try await provider.capture(request.id, amount: amount, currency: currency))
            },
        ]
    }
}

/// What a payment is shown with besides itself.
struct PaymentExpansion: Sendable {
    private enum Part: String {
        case card, emi, offers
    }

    private let parts: [Part]

    init(_ query: QueryItems) throws(ProviderError) {
        parts = try query.values("expand[]").map { (name) throws(ProviderError) in
            guard let part = Part(rawValue: name) else {
                throw .invalid("expand", "The expand must be card, emi or offers.")
            }
            return part
        }
    }

    /// Nobody pays in instalments or with offers here.
    func write(_ payment: ProviderPayment, to json: inout JSONWriter) {
        for part in parts {
            switch part {
            case .card: json.field("card", PaymentCard(payment))
            case .emi: json.nullField("emi")
            case .offers: json.field("offers", EntityList<ProviderPayment>(items: []))
            }
        }
    }
}

/// A payment with what is asked for besides.
struct ListedPayment: JSONWritable {
    let payment: ProviderPayment
    let expand: PaymentExpansion

    func write(to json: inout JSONWriter) {
        json.object { json in
            payment.writeMembers(to: &json)
            expand.write(payment, to: &json)
        }
    }
}

/// The card of a payment.
struct PaymentCard: JSONWritable {
    private let id: String
    private let lastDigits: String
    private let isInternational: Bool

    /// nil unless it was paid by card.
    init?(_ payment: ProviderPayment) {
        guard case .card(let id, _, let lastDigits) = payment.method else { return nil }
        self.id = id
        self.lastDigits = lastDigits
        isInternational = payment.currency != .inr
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "card")
            json.field("name", "Asha Rao")
            json.field("last4", lastDigits)
            json.field("network", "Visa")
            json.field("type", "debit")
            json.nullField("issuer")
            json.field("international", isInternational)
            json.field("emi", false)
            json.field("sub_type", "consumer")
        }
    }
}

extension PaymentProvider {
    fileprivate func listPayments(_ list: ListQuery, _ expand: PaymentExpansion) -> [ListedPayment] {
        list.page(book.payments.newestFirst) { list.contains($0.createdAt) }
            .map { ListedPayment(payment: $0, expand: expand) }
    }

    fileprivate func editPayment(_ id: String, notes: Notes) throws(ProviderError) -> ProviderPayment {
        try book.editPayment(id, notes: notes)
    }

    fileprivate func capture(
        _ id: String, amount: Int64, currency: Currency
    ) throws(ProviderError) -> ProviderPayment {
        try happen { (book) throws(ProviderError) in try book.capture(id, amount: amount, currency: currency) }
    }
}
