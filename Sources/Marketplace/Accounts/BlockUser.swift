// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/users/block/`: stops an account: its tokens are refused at once, in every process.
///
/// Status, record, audit, event and mail commit together. Unpaid orders are given up afterwards by a job, where that is asked
/// for; paid ones go on. Blocking again changes nothing. Who has asked for the account's removal is blocked like everybody: it is
/// written down, and stays so if the removal is called off.
struct BlockUser: Sendable {
    let dependencies: AccountsDependencies

    private struct Input: Sendable {
        let id: UserID
        let reasonCode: String
        let note: String
        let cancelsOrders: Bool
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            guard let target = try await AccountsStore.lockForBlock(input.id, in: transaction) else {
                throw Problem(.notFound)
            }
            guard input.id != caller.user else { throw Problem(.forbidden, detail: "Nobody blocks themselves.") }
            if target.isSuper, target.otherSupers == 0 {
                throw Problem(.forbidden, detail: "Somebody must be left who may do everything.")
            }
            // Only those who may do everything decide about those who may.
            if target.isSuper, caller.permissions != .all { throw Problem(.forbidden) }
            let closure = try await AccountsStore.closure(of: input.id, in: transaction)
            if !closure.isBlocked {
                guard !closure.isDeleted else {
                    throw Problem(.illegalTransition, detail: "The account was removed.")
                }
                try await block(target.user, input, caller, request, transaction)
            }
            if input.cancelsOrders {
                try await JobStore.owe(
                    AccountOrders.releaseKind, key: nil, payload: AccountOrders.payload(of: input.id), in: transaction)
            }
            guard let user = try await AccountsStore.user(input.id, in: transaction) else { throw Problem(.notFound) }
            return user.response
        } afterCommit: { input in
            await dependencies.forget(input.id)
        }
    }

    private func block(
        _ user: User, _ input: Input, _ caller: Caller, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws {
        let sequence = try await AccountsStore.block(
            user.id, by: caller.user, reasonCode: input.reasonCode, note: input.note, in: transaction)
        try await AccountsStore.closeAll(of: user.id, reason: "blocked", in: transaction)
        try await AuditLog.append(
            "user.blocked", by: caller, in: request, entityType: "user", entityID: user.id.rawValue,
            before: Self.status(user.status), after: Self.status(.blocked),
            reason: "\(input.reasonCode): \(input.note)", in: transaction)
        var payload = JSONWriter()
        payload.object { json in
            json.field("user_id", user.id.rawValue)
            json.field("reason_code", input.reasonCode)
        }
        try await OutboxStore.append(
            OutboxEvent(
                type: "user.blocked", aggregateType: "user", aggregateID: user.id.rawValue, sequence: sequence,
                payload: payload.bytes), in: transaction)
        try await MailQueue.enqueue(Mail(.accountBlocked, to: .user(user.id)), in: transaction)
    }

    /// What the audit log keeps of a change of status.
    static func status(_ status: UserStatus) -> [UInt8] {
        var json = JSONWriter()
        json.object { $0.field("status", status.rawValue) }
        return json.bytes
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (id, code, note, cancels) = try request.json { body in
            (
                body.string("id", length: 1...64),
                body.parsed("reason_code", length: 1...60, placeholder: "") { text -> String? in
                    text.wholeMatch(of: /[a-z][a-z0-9_]*/) == nil ? nil : text
                }, body.trimmedString("note", length: 1...2000), body.optionalBool("cancel_open_orders") ?? false
            )
        }
        guard let id = UserID(id) else { throw Problem(.notFound) }
        return Input(id: id, reasonCode: code, note: note, cancelsOrders: cancels)
    }
}
