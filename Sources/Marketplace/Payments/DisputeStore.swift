// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Disputes in PostgreSQL: `checkout.dispute_news_v2`, and what is read of them.
enum DisputeStore {
    /// The job that asks the provider about a dispute whose events contradict each other, or leave out what a loss has cost.
    static let checkKind = "payment.dispute_check"

    /// Applies what the provider says; see the function.
    ///
    /// - Parameter ids: makes ids for the row and the ledger's entries.
    static func apply(
        _ news: DisputeNews, order: String?, ids: IDGenerator, in transaction: PostgresTransaction
    ) async throws -> NewsVerdict {
        let dispute = news.dispute
        var parameters = PostgresParameters()
        parameters.append(ids.nextRawValue())
        parameters.append([ids.nextRawValue(), ids.nextRawValue(), ids.nextRawValue()])
        parameters.append(RazorpayClient.provider)
        parameters.append(dispute.id)
        parameters.append(dispute.payment)
        parameters.append(order)
        parameters.append(dispute.amount)
        parameters.append(dispute.currency)
        parameters.append(dispute.deducted)
        parameters.append(dispute.reason)
        parameters.append(dispute.phase.rawValue)
        parameters.append(news.status.rawValue)
        parameters.append(dispute.respondBy.map { PostgresTimestamp(microseconds: $0 &* 1_000_000) })
        parameters.append(news.isCertain)
        parameters.append(news.actor)
        parameters.append(news.requestID)
        let row = try await transaction.query(
            """
            select code, order_id, why from checkout.dispute_news_v2(
              $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """, with: parameters
        ).only()
        let code = try row.int16(0)
        switch code {
        case 0: return .applied(OrderID(rawValue: try row.int64(1)))
        case 1: return .unchanged
        case 2: return .waiting(try row.stringOrNil(2) ?? "")
        case 3:
            var payload = JSONWriter(capacity: 64)
            payload.object { $0.field("dispute", dispute.id) }
            try await JobStore.owe(checkKind, key: nil, payload: payload.bytes, in: transaction)
            return .unchanged
        case 4: return .refused(try row.stringOrNil(2) ?? "it contradicts what we know")
        default: throw JournalError.fault("dispute_news_v2 answers \(code)")
        }
    }

    /// Where a dispute of the provider stands here; nil for one that we have not heard of.
    static func status(
        ofProviders dispute: String, in client: some PostgresClient
    ) async throws -> DisputeStatus? {
        try await client.first(
            "select status from payments.disputes where provider = $1 and provider_dispute_id = $2",
            RazorpayClient.provider, dispute
        ).flatMap { DisputeStatus(rawValue: try $0.string(0)) }
    }
}
