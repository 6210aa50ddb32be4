// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v2/accounts/:id/products`, and what the provider makes of them: `/control/products`.
enum ProductRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let one = "/v2/accounts/{id}/products/{part}"
        return [
            Route(.post, "/v2/accounts/{id}/products", name: "products.request", access: access, query: nil) {
                request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.requestProduct(of: id, fields)
                    })
            },
            Route(.get, one, name: "products.fetch", access: access, query: nil) { request in
                .json(try await provider.book.product(request.part, of: request.id))
            },
            Route(.patch, one, name: "products.edit", access: access, query: nil) { request in
                .json(try await provider.editProduct(request.part, of: request.id, RequestFields(request)))
            },
            Route(.get, "/v2/products/{id}/tnc", name: "products.terms", access: access, query: nil) { request in
                guard request.id == "route" else { throw ProviderError.unknownID }
                return .json { json in
                    json.field("entity", "tnc_map")
                    json.field("product_name", "route")
                    json.object("content") { json in json.field("terms", "https://razorpay.com/terms/") }
                }
            },
            Route(
                .post, "/control/products/{id}/{status}", name: "control.product",
                access: CallGate.Access.control.rawValue
            ) { request in
                try RequestFields(request).allow(only: [])
                guard let status = ProviderProduct.Status(rawValue: request.parameters["status"] ?? "") else {
                    throw ProviderError.unknownURL
                }
                return .json(try await provider.decideProduct(request.id, status))
            },
        ]
    }
}

extension PaymentProvider {
    fileprivate func editProduct(
        _ id: String, of account: String, _ fields: RequestFields
    ) throws(ProviderError) -> ShownProduct {
        try happen { (book) throws(ProviderError) in try book.editProduct(id, of: account, fields) }
    }

    fileprivate func decideProduct(
        _ id: String, _ status: ProviderProduct.Status
    ) throws(ProviderError) -> ShownProduct {
        try happen { (book) throws(ProviderError) in try book.decideProduct(id, status) }
    }
}
