// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/auth/password/change/`: another password, for who knows the present one; ends all other sessions.
struct ChangePassword: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, isSecret: true) {
            let (current, password) = try request.json { body in
                (body.string("current_password", length: 1...1024), body.string("password", length: 1...1024))
            }
            let proven = try await dependencies.checkPassword(current, of: caller)
            return (proven, try await dependencies.hashNew(password, email: proven.user.email))
        } _: { transaction, prepared in
            let (proven, hash) = prepared
            try await dependencies.lock(proven, in: transaction)
            try await AccountsStore.setPassword(hash, of: caller.user, in: transaction)
            try await AccountsStore.closeOthers(
                than: caller.session, of: caller.user, reason: "password-changed", in: transaction)
            try await AccountsStore.voidProofs([.resetPassword], of: caller.user, in: transaction)
            try await AuditLog.append(
                "user.password_changed", by: caller, in: request, entityType: "user", entityID: caller.user.rawValue,
                in: transaction)
            try await MailQueue.enqueue(Mail(.passwordChanged, to: .user(caller.user)), in: transaction)
            return .noContent
        } afterCommit: { _ in
            await dependencies.forget(caller.user)
        }
    }
}
