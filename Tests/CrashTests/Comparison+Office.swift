// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// What admins gave back and what banks disputed, at the provider and in the ledger.
extension Comparison {
    /// Whether everything that the office began has ended here. Claims of jobs that died with their process and pauses after calls
    /// that failed are made to pass.
    func hasEnded(_ office: Office) async throws -> Bool {
        _ = try await shop.store.sql(
            "update platform.jobs set run_at = now() where kind = 'refund.submit' and state in ('ready', 'running');")
        let rows = try await shop.store.rows(
            """
            select (select count(*) from refunds.refunds where status <> 'processed'),
                   (select count(*) from payments.disputes where ended_at is not null);
            """)
        return await rows == [["0", "\(office.disputes.count)"]]
    }

    /// Each acknowledged refund is at the provider once and in the ledger once, and so is each dispute; and no other is.
    func compareOffice(_ office: Office) async throws {
        let refunds = await office.refunds
        try await compareRefundRows(refunds)
        try await compareRefundsThere(refunds)
        try await compareDisputes(await office.disputes)
        var clearing = 0 - refunds.reduce(0) { $0 + $1.amount }
        for dispute in await office.disputes { clearing -= dispute.deducted }
        for shopper in shoppers { clearing += await shopper.captured.reduce(0) { $0 + $1.amount } }
        try await Self.checkBooks(shop, clearing: clearing)
    }

    private func compareRefundRows(_ refunds: [Office.KnownRefund]) async throws {
        let rows = try await shop.store.rows(
            """
            select r.id, r.payment_id, r.amount_minor, r.status, r.round,
                   (select count(*) from ledger.entries e where e.kind = 'refund_approved' and e.reference = r.id::text),
                   (select count(*) from ledger.entries e where e.kind = 'refund_processed' and e.reference = r.id::text)
              from refunds.refunds r order by r.id;
            """)
        let known = refunds.sorted { $0.id.rawValue < $1.id.rawValue }.map { refund in
            "\(refund.id.rawValue)|\(refund.payment.rawValue)|\(refund.amount)|"
                + "processed|1|1|1"
        }
        #expect(rows.map { $0.joined(separator: "|") } == known, "refunds")
    }

    private func compareRefundsThere(_ refunds: [Office.KnownRefund]) async throws {
        var payments: [PaymentID: String] = [:]
        for shopper in shoppers {
            for paid in await shopper.captured { payments[paid.payment] = paid.providerPayment }
        }
        var theirs: [String] = []
        while true {
            let page = try await shop.asMerchant("GET", "/v1/refunds?count=100&skip=\(theirs.count)")
            let items = page["items"]?.elements ?? []
            theirs += items.map { refund in
                let (payment, receipt) = (refund["payment_id"]?.string ?? "", refund["receipt"]?.string ?? "")
                return "\(payment) \(receipt) \(refund["amount"]?.int64 ?? 0) \(refund["status"]?.string ?? "")"
            }
            if items.count < 100 { break }
        }
        let ours = refunds.map { refund in
            "\(payments[refund.payment] ?? "") rf_\(refund.id.rawValue)_1 \(refund.amount) processed"
        }
        #expect(theirs.sorted() == ours.sorted(), "refunds at the provider")
    }

    func compareDisputes(_ disputes: [Office.KnownDispute]) async throws {
        let rows = try await shop.store.rows(
            """
            select d.provider_dispute_id, d.amount_minor, d.status, d.deducted_minor, l.state, coalesce(l.deducted_minor, 0),
                   (select count(*) from ledger.entries e where e.kind = 'dispute_lost' and e.reference = l.dispute)
              from payments.disputes d left join ledger.disputes l on l.dispute = d.provider_dispute_id || ':' || d.phase
             order by d.provider_dispute_id collate "C";
            """)
        let known = disputes.sorted { $0.id < $1.id }.map { dispute in
            let status = dispute.status ?? "open"
            return "\(dispute.id)|\(dispute.amount)|\(status)|\(dispute.deducted)|\(status)|\(dispute.deducted)|"
                + (status == "lost" ? "1" : "0")
        }
        #expect(rows.map { $0.joined(separator: "|") } == known, "disputes")
    }

    /// As an attempt stands of which so much went back.
    static func status(of paid: Captured, refunded: Int64) -> String {
        if refunded == 0 { return "captured" }
        return refunded < paid.amount ? "partially_refunded" : "refunded"
    }
}
