// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/users/unblock/`: opens an account again. Sessions that ended stay ended. Repeating it changes nothing.
///
/// A removal that the user has asked for goes on, and keeps the account closed, unless the request says that it is called off.
struct UnblockUser: Sendable {
    let dependencies: AccountsDependencies

    private struct Input: Sendable {
        let id: UserID
        let note: String
        let callsOffDeletion: Bool
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            guard let target = try await AccountsStore.lockForBlock(input.id, in: transaction) else {
                throw Problem(.notFound)
            }
            if target.isSuper, caller.permissions != .all { throw Problem(.forbidden) }
            if target.user.status == .blocked { try await open(input, caller, request, transaction) }
            guard let user = try await AccountsStore.user(input.id, in: transaction) else { throw Problem(.notFound) }
            return user.response
        } afterCommit: { input in
            await dependencies.forget(input.id)
        }
    }

    private func open(
        _ input: Input, _ caller: Caller, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws {
        let closure = try await AccountsStore.closure(of: input.id, in: transaction)
        guard !closure.isDeleted else { throw Problem(.illegalTransition, detail: "The account was removed.") }
        let callsOff = input.callsOffDeletion && closure.isDeletionRequested
        // Closed for the removal alone: there is no block to be ended.
        if closure.isDeletionRequested, !closure.isBlocked, !callsOff { return }
        try await AccountsStore.unblock(
            input.id, by: caller.user, note: input.note, callsOffDeletion: callsOff, in: transaction)
        for action in (callsOff ? ["user.deletion_called_off"] : []) + ["user.unblocked"] {
            try await AuditLog.append(
                action, by: caller, in: request, entityType: "user", entityID: input.id.rawValue,
                before: BlockUser.status(.blocked), reason: input.note, in: transaction)
        }
        try await UserEvents.append("user.unblocked", of: input.id, in: transaction)
        if callsOff || !closure.isDeletionRequested {
            try await MailQueue.enqueue(Mail(.accountUnblocked, to: .user(input.id)), in: transaction)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (text, note, callsOff) = try request.json { body in
            (
                body.string("id", length: 1...64), body.trimmedString("note", length: 1...2000),
                body.optionalBool("call_off_deletion") ?? false
            )
        }
        guard let id = UserID(text) else { throw Problem(.notFound) }
        return Input(id: id, note: note, callsOffDeletion: callsOff)
    }
}
