// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/ledger/adjust/decide/`: another admin books a correction, or turns it down.
struct DecideAdjustment: Sendable {
    let dependencies: LedgerDependencies

    enum Verdict: String, CaseIterable, Sendable {
        case approve
        case reject
    }

    private struct Input: Sendable {
        let id: JournalEntryID
        let verdict: Verdict
        let note: String?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) {
            try Self.read(request)
        } _: { transaction, input in
            let store = AdjustmentStore(client: transaction)
            let before = try await store.adjustment(input.id)
            let decision = try await store.decide(
                input.id, isApproved: input.verdict == .approve, note: input.note, by: caller.user)
            guard let before, let adjustment = try await store.adjustment(input.id) else { throw Problem(.notFound) }
            switch decision {
            case .unknown: throw Problem(.notFound)
            case .own: throw Problem(.fourEyesRequired, detail: "Another admin than who asked for it has to decide.")
            case .decidedBefore:
                throw Problem(
                    .illegalTransition, detail: "It was decided before.",
                    members: [("from", .string(adjustment.state.rawValue)), ("allowed", .strings([]))])
            case .decided: break
            }
            try await AuditLog.append(
                "ledger.adjustment_\(adjustment.state.rawValue)", by: caller, in: request, entityType: "adjustment",
                entityID: input.id.rawValue, before: before.jsonBytes(), after: adjustment.jsonBytes(),
                reason: input.note, in: transaction)
            return .json(adjustment)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (text, verdict, note) = try request.json { body in
            let text = body.string("id", length: 1...64)
            let verdict = body.choice("decision", of: Verdict.self)
            let note = body.optionalString("note", length: 1...2000)
            if verdict == .reject, note == nil {
                body.fail("note", code: "required", message: "a rejection says why")
            }
            return (text, verdict, note)
        }
        guard let id = JournalEntryID(text) else { throw Problem(.notFound) }
        return Input(id: id, verdict: verdict, note: note)
    }
}
