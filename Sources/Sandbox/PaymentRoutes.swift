// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/payments`.
enum PaymentRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.get, "/v1/payments", name: "payments.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                return .json(EntityList(items: await provider.listPayments(list)))
            },
            Route(.get, "/v1/payments/{id}", name: "payments.fetch", access: access, query: nil) { request in
                .json(try await provider.book.payment(request.id))
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

extension PaymentProvider {
    fileprivate func listPayments(_ list: ListQuery) -> [ProviderPayment] {
        list.page(book.payments.newestFirst) { list.contains($0.createdAt) }
    }

    fileprivate func capture(
        _ id: String, amount: Int64, currency: Currency
    ) throws(ProviderError) -> ProviderPayment {
        try happen { (book) throws(ProviderError) in try book.capture(id, amount: amount, currency: currency) }
    }
}
