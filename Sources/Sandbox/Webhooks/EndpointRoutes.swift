// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/webhooks` and `/v2/accounts/:id/webhooks`.
enum EndpointRoutes {
    /// Their bodies have secrets: they are not logged.
    static let secretNames: Set<String> = [
        "webhooks.create", "webhooks.edit", "accounts.webhooks.create", "accounts.webhooks.edit",
    ]

    static func routes(_ provider: PaymentProvider) -> [Route] {
        platformRoutes(provider) + accountRoutes(provider)
    }

    private static func platformRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let account = EventDraft.accountID
        return [
            Route(.post, "/v1/webhooks", name: "webhooks.create", access: access, query: nil) { request in
                let fields = try EndpointFields(RequestFields(request))
                return shown(try await provider.addEndpoint(fields, account), listsEvents: false)
            },
            Route(.get, "/v1/webhooks", name: "webhooks.all", access: access, query: nil) { request in
                .json(EntityList(items: try await provider.listEndpoints(request, account, listsEvents: false)))
            },
            Route(.get, "/v1/webhooks/{part}", name: "webhooks.fetch", access: access, query: nil) { request in
                shown(try await provider.endpoint(request.part, account), listsEvents: false)
            },
            Route(.put, "/v1/webhooks/{part}", name: "webhooks.edit", access: access, query: nil) { request in
                let fields = try EndpointFields(RequestFields(request))
                return shown(try await provider.editEndpoint(request.part, account, fields), listsEvents: false)
            },
            Route(.delete, "/v1/webhooks/{part}", name: "webhooks.delete", access: access, query: nil) { request in
                try await provider.removeEndpoint(request.part, account)
                return HTTPResponse(json: Array("[]".utf8))
            },
        ]
    }

    private static func accountRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let all = "/v2/accounts/{id}/webhooks"
        let one = all + "/{part}"
        return [
            Route(.post, all, name: "accounts.webhooks.create", access: access, query: nil) { request in
                let account = try await provider.book.openAccount(request.id)
                let fields = try EndpointFields(RequestFields(request))
                return shown(try await provider.addEndpoint(fields, account.id), listsEvents: true)
            },
            Route(.get, all, name: "accounts.webhooks.all", access: access, query: nil) { request in
                let account = try await provider.book.account(request.id)
                return .json(
                    EntityList(items: try await provider.listEndpoints(request, account.id, listsEvents: true)))
            },
            Route(.get, one, name: "accounts.webhooks.fetch", access: access, query: nil) { request in
                shown(try await provider.endpoint(request.part, request.id), listsEvents: true)
            },
            Route(.patch, one, name: "accounts.webhooks.edit", access: access, query: nil) { request in
                let fields = try EndpointFields(RequestFields(request))
                return shown(try await provider.editEndpoint(request.part, request.id, fields), listsEvents: true)
            },
            Route(.delete, one, name: "accounts.webhooks.delete", access: access, query: nil) { request in
                try await provider.removeEndpoint(request.part, request.id)
                return HTTPResponse(json: Array("[]".utf8))
            },
        ]
    }

    private static func shown(_ endpoint: WebhookEndpoint, listsEvents: Bool) -> HTTPResponse {
        .json(ShownEndpoint(endpoint: endpoint, listsEvents: listsEvents))
    }
}

extension PaymentProvider {
    fileprivate func addEndpoint(_ fields: EndpointFields, _ account: String) throws(ProviderError) -> WebhookEndpoint {
        var endpoint = WebhookEndpoint(
            id: ids.make(""), account: account, url: try RequestFields.required("url", fields.url),
            secret: fields.secret ?? "", at: seconds)
        endpoint.events = try RequestFields.required("events", fields.events)
        endpoint.alertEmail = fields.alertEmail
        endpoint.isActive = fields.isActive ?? true
        try webhooks.add(endpoint)
        return endpoint
    }

    fileprivate func listEndpoints(
        _ request: RequestContext, _ account: String, listsEvents: Bool
    ) throws(ProviderError) -> [ShownEndpoint] {
        let list = try ListQuery(request.query)
        let page = list.page(webhooks.endpoints.newestFirst) { $0.accountID == account && list.contains($0.createdAt) }
        return page.map { ShownEndpoint(endpoint: $0, listsEvents: listsEvents) }
    }

    fileprivate func endpoint(_ id: String, _ account: String) throws(ProviderError) -> WebhookEndpoint {
        guard let endpoint = webhooks.endpoints[id], endpoint.accountID == account else { throw .unknownID }
        return endpoint
    }

    /// A secret that is sent takes the place of the one before; events made before keep their signature.
    fileprivate func editEndpoint(
        _ id: String, _ account: String, _ fields: EndpointFields
    ) throws(ProviderError) -> WebhookEndpoint {
        var endpoint = try endpoint(id, account)
        endpoint.url = fields.url ?? endpoint.url
        endpoint.events = fields.events ?? endpoint.events
        endpoint.alertEmail = fields.alertEmail ?? endpoint.alertEmail
        if let secret = fields.secret { endpoint.rotate(to: secret) }
        if let isActive = fields.isActive, isActive != endpoint.isActive {
            endpoint.isActive = isActive
            endpoint.disabledAt = isActive ? 0 : seconds
        }
        endpoint.updatedAt = seconds
        webhooks.endpoints[id] = endpoint
        return endpoint
    }

    fileprivate func removeEndpoint(_ id: String, _ account: String) throws(ProviderError) {
        let endpoint = try endpoint(id, account)
        webhooks.endpoints[endpoint.id] = nil
    }
}
