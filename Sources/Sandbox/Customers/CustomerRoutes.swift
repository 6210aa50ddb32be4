// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/customers` and `/v1/fund_accounts`.
enum CustomerRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return fundAccountRoutes(provider) + [
            Route(.post, "/v1/customers", name: "customers.create", access: access, query: nil) { request in
                .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.createCustomer(fields)
                    })
            },
            Route(.get, "/v1/customers", name: "customers.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                let page = list.page(await provider.book.customers.newestFirst) { list.contains($0.createdAt) }
                return .json(EntityList(items: page))
            },
            Route(.get, "/v1/customers/{id}", name: "customers.fetch", access: access, query: nil) { request in
                .json(try await provider.book.customer(request.id))
            },
            Route(.put, "/v1/customers/{id}", name: "customers.edit", access: access, query: nil) { request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.editCustomer(id, fields)
                    })
            },
        ]
    }

    private static func fundAccountRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/fund_accounts", name: "fund-accounts.create", access: access, query: nil) { request in
                .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.createFundAccount(fields)
                    })
            },
            Route(.get, "/v1/fund_accounts", name: "fund-accounts.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query, others: ["customer_id"])
                let customer = request.query["customer_id"]
                let page = list.page(await provider.book.fundAccounts.newestFirst) { account in
                    list.contains(account.createdAt) && (customer == nil || account.customerID == customer)
                }
                return .json(EntityList(items: page))
            },
        ]
    }
}
