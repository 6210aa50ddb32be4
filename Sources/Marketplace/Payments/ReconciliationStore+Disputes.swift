// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// A dispute of the provider as we have it.
struct DisputeHere: Sendable {
    let order: OrderID
    let phase: DisputePhase
    let status: DisputeStatus
    let amount: Int64
    let currency: String
    /// Minor units that the provider has taken.
    let deducted: Int64

    /// Where it stands, in words.
    var place: String { "\(phase.rawValue) \(status.rawValue)" }

    /// Whether it stands where the provider says. The provider has no word for evidence that it wants: there it is open.
    func stands(as there: RazorpayDispute) -> Bool {
        let isOpen = there.status == .open && status == .evidenceRequired
        return phase == there.phase && (isOpen || status == there.status)
    }

    /// Whether it stands where the provider says, for as much, and has cost as much where the provider says how much.
    func agrees(with there: RazorpayDispute) -> Bool {
        stands(as: there) && amount == there.amount && currency == there.currency
            && (there.status != .lost || deducted == there.deducted ?? deducted)
    }
}

extension ReconciliationStore {
    /// A dispute of the provider; nil where we have not heard of it.
    func dispute(_ name: String) async throws -> DisputeHere? {
        try await pool.first(
            """
            select order_id, phase, status, amount_minor, currency, deducted_minor from payments.disputes
             where provider = $1 and provider_dispute_id = $2
            """, RazorpayClient.provider, name
        ).map { try Self.dispute($0, from: 0) }
    }

    /// Disputes that have not ended here, by id, behind one of them.
    func openDisputes(
        after id: Int64, limit: Int
    ) async throws -> [(id: Int64, name: String, here: DisputeHere)] {
        try await pool.query(
            """
            select id, provider_dispute_id, order_id, phase, status, amount_minor, currency, deducted_minor
              from payments.disputes
             where id > $1 and provider = $2 and status in ('open', 'evidence_required', 'under_review')
             order by id limit $3
            """, id, RazorpayClient.provider, limit
        ).map { (try $0.int64(0), try $0.string(1), try Self.dispute($0, from: 2)) }
    }

    private static func dispute(_ row: PostgresRow, from column: Int) throws -> DisputeHere {
        guard let phase = DisputePhase(rawValue: try row.string(column + 1)),
            let status = DisputeStatus(rawValue: try row.string(column + 2))
        else { throw JournalError.fault("a dispute has an unknown phase or status") }
        return DisputeHere(
            order: OrderID(rawValue: try row.int64(column)), phase: phase, status: status,
            amount: try row.int64(column + 3), currency: try row.string(column + 4),
            deducted: try row.int64(column + 5))
    }
}
