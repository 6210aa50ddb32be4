// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/documents`: the evidence of disputes.
enum DocumentRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(
                .post, "/v1/documents", name: "documents.create", access: access, query: nil,
                bodyMax: SandboxLimits.uploadBytes
            ) { request in
                .json(try await provider.keepDocument(request))
            },
            Route(.get, "/v1/documents/{id}", name: "documents.fetch", access: access, query: nil) { request in
                guard let document = await provider.book.documents[request.id] else { throw ProviderError.unknownID }
                return .json(document)
            },
        ]
    }
}

extension PaymentProvider {
    /// When there are too many the oldest goes.
    func keepDocument(
        _ upload: RequestContext, purposeField: String = "purpose"
    ) throws(ProviderError) -> ProviderDocument {
        let document = try ProviderDocument(upload, id: ids.make("doc_"), purposeField: purposeField, at: seconds)
        book.documents.makeRoom(in: configuration.limits.documents)
        book.documents[document.id] = document
        return document
    }
}
