// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres

/// `GET /api/sellers/kyc/document/` for its owner, `GET /api/admin/kyc/document/` under a signed address for one admin: the
/// document itself, always to be saved, never to be run. Each look of an admin is written down before the first octet leaves.
struct ReadKYCDocument: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answerOwner(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        guard let id = KYCDocumentID(try request.query.required("id")), let document = try await document(id),
            let seller = try await SellerStore.seller(ownedBy: caller.user, in: dependencies.pool.reads),
            seller.id == document.seller
        else { throw Self.missing }
        return try await file(document)
    }

    @Sendable func answerAdmin(_ request: RequestContext) async throws -> HTTPResponse {
        let query = request.query
        guard let id = try query.single("id").flatMap({ KYCDocumentID($0) }),
            let user = try query.single("admin").flatMap({ UserID($0) }),
            let session = try query.single("session").flatMap({ SessionID($0) }),
            let expires = try query.single("expires").flatMap({ Int64($0) }),
            let signature = try query.single("signature"),
            dependencies.links.isValid(
                document: id, admin: UserSession(user: user, session: session), expires: expires,
                signature: signature, now: dependencies.clock.now())
        else { throw Self.notValid }
        // Whom it was given may have been blocked or logged out since, or may see sellers no more.
        let isAdmitted = try await dependencies.gate.admits(
            UserSession(user: user, session: session), role: .admin, permission: .sellersRead)
        guard isAdmitted else { throw Self.notValid }
        guard let document = try await document(id) else { throw Self.missing }
        let response = try await file(document)
        try await dependencies.pool.withTransaction { transaction in
            try await AuditLog.append(
                AuditRecord(
                    action: "kyc.document_viewed", actor: .admin(user, ip: request.clientAddress),
                    entityType: "document", entityID: id.rawValue, requestID: request.requestID.description),
                in: transaction)
        }
        return response
    }

    private func document(_ id: KYCDocumentID) async throws -> KYCDocument? {
        try await KYCStore.document(id, in: dependencies.pool.reads)
    }

    private func file(_ document: KYCDocument) async throws -> HTTPResponse {
        guard let file = PrivateFile(document.file), let content = try await dependencies.files.content(of: file) else {
            throw Self.missing
        }
        let ending = MediaKind.allCases.first { $0.mediaType == document.mediaType }?.ending ?? "bin"
        return HTTPResponse(
            contentType: .other(document.mediaType),
            headers: [
                HTTPResponse.savedAs("\(document.type.rawValue).\(ending)"),
                HTTPHeader("Cache-Control", "private, no-store"),
                HTTPHeader("Content-Security-Policy", "default-src 'none'; sandbox"),
            ], source: content, size: content.size)
    }

    private static var notValid: Problem {
        Problem(.forbidden, detail: "The address is not valid, or not any more.")
    }

    private static var missing: Problem { Problem(.notFound, detail: "There is no such document.") }
}
