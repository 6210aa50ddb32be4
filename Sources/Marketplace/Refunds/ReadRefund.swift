// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/refunds/detail/` and `GET /api/admin/refunds/detail/`: one refund: the buyer's own, a foreign one is 404; or any,
/// with its history.
struct ReadRefund: Sendable {
    let dependencies: RefundsDependencies

    @Sendable func answerBuyer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let id = try Self.id(of: request)
        guard let refund = try await RefundStore.refund(id, of: caller.user, in: dependencies.pool) else {
            throw Problem(.notFound)
        }
        return .json(capacity: 1024) { json in refund.writeMembers(for: .buyer, to: &json) }
    }

    @Sendable func answerAdmin(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let id = try Self.id(of: request)
        guard let refund = try await RefundStore.refund(id, in: dependencies.pool) else { throw Problem(.notFound) }
        let history = try await RefundStore.history(of: id, in: dependencies.pool)
        return .json(capacity: 2048) { json in
            refund.writeMembers(for: .admin, to: &json)
            json.field("history", history)
        }
    }

    private static func id(of request: RequestContext) throws -> RefundID {
        guard let id = RefundID(try request.query.required("id")) else { throw Problem(.notFound) }
        return id
    }
}
