// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// What is done about disputes in a shop, and how both sides are to stand afterwards.
actor DisputeBench {
    /// What an admin does about a dispute.
    enum Act: String, CaseIterable, Sendable {
        case accept, draft, submit
    }

    /// A dispute, as the provider and as we name it.
    struct Disputed: Sendable {
        let provider: String
        let id: DisputeID
        let amount: Int64
    }

    nonisolated let shop: CrashShop
    nonisolated let admin: Visitor
    private let buyer: Shopper
    private var document: String?
    private var wishes = 0
    /// What was done, of each dispute once.
    private var done: [(act: Act, dispute: Disputed)] = []

    private init(shop: CrashShop, admin: Visitor, buyer: Shopper) {
        self.shop = shop
        self.admin = admin
        self.buyer = buyer
    }

    static func make(in shop: CrashShop) async throws -> DisputeBench {
        let buyer = try #require(try await Shopper.make(1, in: shop).first)
        return DisputeBench(shop: shop, admin: try await Admin.make(in: shop), buyer: buyer)
    }

    /// Has an order paid and its buyer's bank ask for the money; returns when we have heard of it.
    func open() async throws -> Disputed {
        let paid = try await buyer.paidOrder()
        let opened = try await shop.control(
            "POST", "/control/disputes", #"{"payment_id":"\#(paid.providerPayment)"}"#)
        let name = try #require(try opened.json["id"]?.string)
        let row = "from payments.disputes where provider_dispute_id = '\(name)' and status = 'open';"
        try await shop.until("select count(*) \(row)")
        let id = try #require(try await shop.store.rows("select id \(row)").first?.first.flatMap { Int64($0) })
        return Disputed(provider: name, id: DisputeID(rawValue: id), amount: paid.amount)
    }

    /// The request of an act.
    func wish(_ act: Act, about dispute: Disputed) async throws -> Wish {
        wishes += 1
        done.append((act, dispute))
        let key = "dispute-\(wishes)"
        if act == .accept {
            return Wish(
                method: "POST", path: "/api/admin/disputes/accept/",
                body: #"{"id":"\#(dispute.id)","note":"The parcel was lost."}"#, key: key)
        }
        let document = try await evidence()
        return Wish(
            method: "POST", path: "/api/admin/disputes/evidence/",
            body: """
                {"id":"\(dispute.id)","action":"\(act)","summary":"Signed for.",\
                "documents":[{"kind":"shipping_proof","document_id":"\(document)"}]}
                """, key: key)
    }

    /// A document that the provider has.
    private func evidence() async throws -> String {
        if let document { return document }
        let body = """
            --part\r
            Content-Disposition: form-data; name="purpose"\r
            \r
            dispute_evidence\r
            --part\r
            Content-Disposition: form-data; name="file"; filename="proof.pdf"\r
            Content-Type: application/pdf\r
            \r
            %PDF-1.7\r
            --part--\r

            """
        let made = try await shop.asMerchant(
            "POST", "/v1/documents", body, headers: [("Content-Type", "multipart/form-data; boundary=part")])
        let id = try #require(made["id"]?.string)
        document = id
        return id
    }

    // MARK: How it must stand

    /// The provider has taken in an act once, and so has everything here.
    func check(_ act: Act, _ dispute: Disputed) async throws {
        let theirs = try await shop.asMerchant("GET", "/v1/disputes/\(dispute.provider)")
        let deducted = act == .accept ? dispute.amount : 0
        #expect(theirs["status"]?.string == Self.status(act))
        #expect(theirs["amount_deducted"]?.int64 == deducted)
        if act != .accept {
            let document = try await evidence()
            #expect(theirs["evidence"]?["shipping_proof"]?.elements?.map(\.string) == [document])
            #expect((theirs["evidence"]?["submitted_at"]?.int64 != nil) == (act == .submit))
        }
        let calls = try await ProviderLog(shop).done
        switch act {
        case .accept: #expect(calls["POST /v1/disputes/\(dispute.provider)/accept"] == 1)
        case .submit: #expect(calls["PATCH /v1/disputes/\(dispute.provider)/contest"] == 1)
        // The same words again are the same draft, which the provider has no way to tell us that it has.
        case .draft: #expect((1...2).contains(calls["PATCH /v1/disputes/\(dispute.provider)/contest"] ?? 0))
        }
        let rows = try await shop.store.rows(
            """
            select d.status, d.deducted_minor, l.state,
                   (select string_agg(h.to_status, ' ' order by h.id) from payments.dispute_history h where h.dispute_id = d.id),
                   (select string_agg(c.action || ' ' || c.outcome, ' ') from payments.dispute_calls c
                     where c.dispute_id = d.id and c.answered_at is not null),
                   (select string_agg(a.action, ' ') from platform.audit a
                     where a.entity_type = 'dispute' and a.entity_id = d.id and a.actor_type = 'admin'),
                   (select string_agg(e.kind, ' ' order by e.kind) from ledger.entries e where e.reference = l.dispute)
              from payments.disputes d left join ledger.disputes l on l.dispute = d.provider_dispute_id || ':' || d.phase
             where d.id = \(dispute.id.rawValue);
            """)
        #expect(rows.map { $0.joined(separator: "|") } == [Self.row(act, deducted)], "\(act)")
    }

    private static func status(_ act: Act) -> String {
        switch act {
        case .accept: "lost"
        case .draft: "open"
        case .submit: "under_review"
        }
    }

    private static func row(_ act: Act, _ deducted: Int64) -> String {
        switch act {
        case .accept: "lost|\(deducted)|lost|open lost|accept lost|dispute.accepted|dispute_held dispute_lost"
        case .draft: "open|0|open|open|draft open|dispute.evidence_draft|dispute_held"
        case .submit:
            "under_review|0|open|open under_review|submit under_review|dispute.evidence_submit|dispute_held"
        }
    }

    /// Neither the jobs of all acts nor whatever the provider tells late change anything more. Needs a running server.
    func checkAll() async throws {
        let made = try await ProviderLog(shop).done
        _ = try await shop.store.sql("update platform.jobs set run_at = now() where kind = 'payment.dispute_call';")
        try await shop.passTime {
            let waiting = try await shop.store.rows(
                "select count(*) from platform.jobs where kind = 'payment.dispute_call' and state <> 'done';")
            return waiting == [["0"]]
        }
        let log = try await ProviderLog(shop)
        for (act, dispute) in done {
            try await check(act, dispute)
            let path = "/v1/disputes/\(dispute.provider)"
            for call in ["POST \(path)/accept", "PATCH \(path)/contest"] {
                #expect(log.done[call] == made[call])
            }
        }
        for (act, event) in [(Act.accept, "payment.dispute.lost"), (.submit, "payment.dispute.under_review")] {
            let count = done.filter { $0.act == act }.count
            #expect(log.events[event, default: []].count == count, "\(event)")
        }
        let captured = await buyer.captured.reduce(0) { $0 + $1.amount }
        let lost = done.reduce(0) { $0 + ($1.act == .accept ? $1.dispute.amount : 0) }
        try await Comparison.checkBooks(shop, clearing: captured - lost)
        try await Comparison.checkInvariants(shop)
    }
}
