// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v2/accounts` with stakeholders and documents.
enum AccountRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        accountRoutes(provider) + stakeholderRoutes(provider) + documentRoutes(provider)
    }

    private static func accountRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v2/accounts", name: "accounts.create", access: access, query: nil) { request in
                .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.createAccount(fields)
                    })
            },
            Route(.get, "/v2/accounts/{id}", name: "accounts.fetch", access: access, query: nil) { request in
                .json(try await provider.book.account(request.id))
            },
            Route(.patch, "/v2/accounts/{id}", name: "accounts.edit", access: access, query: nil) { request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.editAccount(id, fields)
                    })
            },
            // The SDK sends a body here too.
            Route(.delete, "/v2/accounts/{id}", name: "accounts.delete", access: access, query: nil) { request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, _) throws(ProviderError) in
                        try book.suspendAccount(id)
                    })
            },
        ]
    }

    private static func stakeholderRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let one = "/v2/accounts/{id}/stakeholders/{part}"
        return [
            Route(.post, "/v2/accounts/{id}/stakeholders", name: "stakeholders.create", access: access, query: nil) {
                request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.createStakeholder(of: id, fields)
                    })
            },
            Route(.get, "/v2/accounts/{id}/stakeholders", name: "stakeholders.all", access: access, query: nil) {
                request in
                let account = try await provider.book.account(request.id)
                return .json(EntityList(items: Array(account.stakeholders.newestFirst)))
            },
            Route(.get, one, name: "stakeholders.fetch", access: access, query: nil) { request in
                .json(try await provider.book.stakeholder(request.part, of: request.id))
            },
            Route(.patch, one, name: "stakeholders.edit", access: access, query: nil) { request in
                let (id, part) = (request.id, request.part)
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.editStakeholder(part, of: id, fields)
                    })
            },
        ]
    }

    private static func documentRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let ofAccount = "/v2/accounts/{id}/documents"
        let ofStakeholder = "/v2/accounts/{id}/stakeholders/{part}/documents"
        let bodyMax = SandboxLimits.uploadBytes
        return [
            Route(.post, ofAccount, name: "accounts.documents.create", access: access, query: nil, bodyMax: bodyMax) {
                request in
                .json(try await provider.keepAccountDocument(request, stakeholder: nil))
            },
            Route(.get, ofAccount, name: "accounts.documents", access: access, query: nil) { request in
                .json(DocumentsByPurpose(try await provider.book.account(request.id).documents))
            },
            Route(
                .post, ofStakeholder, name: "stakeholders.documents.create", access: access, query: nil,
                bodyMax: bodyMax
            ) { request in
                .json(try await provider.keepAccountDocument(request, stakeholder: request.part))
            },
            Route(.get, ofStakeholder, name: "stakeholders.documents", access: access, query: nil) { request in
                .json(DocumentsByPurpose(try await provider.book.stakeholder(request.part, of: request.id).documents))
            },
        ]
    }
}

extension RequestContext {
    /// The id of what belongs to the entity in the path.
    var part: String { parameters["part"] ?? "" }
}

/// Documents of an account or a person, by what they show.
struct DocumentsByPurpose: JSONWritable {
    private let documents: [ProviderDocument]

    init(_ documents: Shelf<ProviderDocument>) {
        self.documents = documents.newestFirst.reversed()
    }

    func write(to json: inout JSONWriter) {
        var purposes: [String] = []
        for document in documents where !purposes.contains(document.purpose) { purposes.append(document.purpose) }
        json.object { json in
            for purpose in purposes {
                json.key(dynamic: purpose)
                json.value(documents.filter { $0.purpose == purpose })
            }
        }
    }
}

extension PaymentProvider {
    /// A change without events, of what the call's fields say.
    func change<Entity: Sendable>(
        _ fields: RequestFields, _ body: @Sendable (inout OrderBook, RequestFields) throws(ProviderError) -> Entity
    ) throws(ProviderError) -> Entity {
        let entity = try body(&book, fields)
        carryOut()
        return entity
    }

    fileprivate func keepAccountDocument(
        _ upload: RequestContext, stakeholder id: String?
    ) throws(ProviderError) -> DocumentsByPurpose {
        var account = try book.openAccount(upload.id)
        let document = try ProviderDocument(
            upload, id: ids.make("doc_"), purposeField: "document_type", at: seconds)
        defer { book.accounts[account.id] = account }
        guard let id else {
            account.documents.makeRoom(in: configuration.limits.accountParts)
            account.documents[document.id] = document
            return DocumentsByPurpose(account.documents)
        }
        guard var stakeholder = account.stakeholders[id] else { throw .unknownID }
        stakeholder.documents.makeRoom(in: configuration.limits.accountParts)
        stakeholder.documents[document.id] = document
        account.stakeholders[id] = stakeholder
        return DocumentsByPurpose(stakeholder.documents)
    }
}
