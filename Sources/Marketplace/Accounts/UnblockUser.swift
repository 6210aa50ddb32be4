// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/users/unblock/`: opens an account again. Sessions that ended stay ended. Repeating it changes nothing.
struct UnblockUser: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (text, note) = try request.json { body in
                (body.string("id", length: 1...64), body.trimmedString("note", length: 1...2000))
            }
            guard let id = UserID(text) else { throw Problem(.notFound) }
            return (id, note)
        } _: { transaction, input in
            let (id, note) = input
            guard let target = try await AccountsStore.lockForBlock(id, in: transaction) else {
                throw Problem(.notFound)
            }
            if target.isSuper, caller.permissions != .all { throw Problem(.forbidden) }
            if target.user.status == .blocked {
                guard try await !AccountsStore.isDeleted(id, in: transaction) else {
                    throw Problem(.illegalTransition, detail: "The account was removed.")
                }
                try await AccountsStore.unblock(id, by: caller.user, note: note, in: transaction)
                try await AuditLog.append(
                    "user.unblocked", by: caller, in: request, entityType: "user", entityID: id.rawValue,
                    before: BlockUser.status(.blocked), reason: note, in: transaction)
                try await UserEvents.append("user.unblocked", of: id, in: transaction)
                try await MailQueue.enqueue(Mail(.accountUnblocked, to: .user(id)), in: transaction)
            }
            guard let user = try await AccountsStore.user(id, in: transaction) else { throw Problem(.notFound) }
            return user.response
        } afterCommit: { input in
            await dependencies.forget(input.0)
        }
    }
}
