// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// `POST /api/auth/password/reset/`: sets a password with what was sent by mail, and ends every session.
///
/// Receiving the mail proves the address as well.
struct ResetPassword: Sendable {
    let dependencies: AccountsDependencies

    private struct Prepared: Sendable {
        let token: String
        let user: UserID
        let hash: String
    }

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let principal = dependencies.principals.principal(of: request, caller: nil, acceptsClientToken: false)
        return try await dependencies.transactions.run(request, as: principal, isSecret: true) {
            try await prepare(request)
        } _: { transaction, prepared in
            try await commit(prepared, request, transaction)
            return .noContent
        } afterCommit: { prepared in
            await dependencies.forget(prepared.user)
        }
    }

    /// The hash is made only for a proof that looks right: otherwise anybody could have the server work.
    private func prepare(_ request: RequestContext) async throws -> Prepared {
        let (token, password) = try request.json { body in
            (body.string("token", length: 1...128), body.string("password", length: 1...1024))
        }
        guard let owner = try await AccountsStore.owner(ofReset: token, in: dependencies.pool.reads) else {
            throw AccountsDependencies.proofRefused
        }
        return Prepared(
            token: token, user: owner.user, hash: try await dependencies.hashNew(password, email: owner.email))
    }

    private func commit(
        _ prepared: Prepared, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws {
        // Who reads an address that was the user's once resets nothing.
        guard let proof = try await AccountsStore.take(prepared.token, for: [.resetPassword], in: transaction),
            let user = try await AccountsStore.user(proof.user, in: transaction), user.status != .blocked,
            proof.email == user.email
        else { throw AccountsDependencies.proofRefused }
        try await AccountsStore.setPassword(prepared.hash, of: user.id, in: transaction)
        try await AccountsStore.markVerified(user.id, email: proof.email, in: transaction)
        try await AccountsStore.voidProofs([.resetPassword], of: user.id, in: transaction)
        try await AccountsStore.closeAll(of: user.id, reason: "password-reset", in: transaction)
        try await AccountsStore.forgetFailures(SHA256.hash(user.email.lowercased()).bytes, in: transaction)
        try await AuditLog.append(
            AuditRecord(
                action: "user.password_reset", actor: .user(user.id, ip: request.clientAddress), entityType: "user",
                entityID: user.id.rawValue, requestID: request.requestID.description), in: transaction)
        try await MailQueue.enqueue(Mail(.passwordChanged, to: .user(user.id)), in: transaction)
    }
}
