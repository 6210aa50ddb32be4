// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/account/delete/`: closes the caller's account at once, and has it removed when its orders have ended.
///
/// - Errors: 403 `forbidden` for the last who may do everything; 409 `illegal-transition` for the last admin of a company that has
///   other members, and for the owner of a seller that sold or sells and is not closed.
struct DeleteAccount: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let password = try request.json { $0.string("password", length: 1...1024) }
            return try await dependencies.checkPassword(password, of: caller)
        } _: { transaction, proven in
            let user = proven.user
            guard let target = try await AccountsStore.lockForBlock(user.id, in: transaction) else {
                throw Problem(.notFound)
            }
            try await dependencies.lock(proven, in: transaction)
            if target.isSuper, target.otherSupers == 0 {
                throw Problem(.forbidden, detail: "Somebody must be left who may do everything.")
            }
            try await dependencies.ports.leave(user.id, transaction)
            // First, while the address is still known.
            try await MailQueue.enqueue(
                Mail(.deletionRequested, to: .address(user.email, name: user.fullName), locale: user.locale),
                in: transaction)
            try await AccountsStore.requestDeletion(of: user.id, in: transaction)
            try await UserEvents.append("user.deletion_requested", of: user.id, in: transaction)
            try await AccountsStore.closeAll(of: user.id, reason: "account-deleted", in: transaction)
            try await AuditLog.append(
                "user.deletion_requested", by: caller, in: request, entityType: "user", entityID: user.id.rawValue,
                in: transaction)
            try await JobStore.owe(
                AccountOrders.releaseKind, key: nil, payload: AccountOrders.payload(of: user.id), in: transaction)
            return HTTPResponse(.accepted)
        } afterCommit: { proven in
            await dependencies.forget(proven.user.id)
        }
    }
}
