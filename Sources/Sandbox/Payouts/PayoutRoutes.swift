// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/payouts`, and what banks make of them: `/control/payouts`.
enum PayoutRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/payouts", name: "payouts.create", access: access, query: nil) { request in
                let fields = try RequestFields(request)
                // Mandatory: a payout that is made twice is money lost.
                guard let key = try IdempotencyBook.Use(.payout, request) else {
                    throw ProviderError.invalid(
                        "X-Payout-Idempotency", "The X-Payout-Idempotency header is required.")
                }
                return .json(try await provider.payOut(fields, key))
            },
            Route(.get, "/v1/payouts", name: "payouts.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query, others: ["account_number", "fund_account_id", "reference_id"])
                let (account, reference) = (request.query["fund_account_id"], request.query["reference_id"])
                let page = list.page(await provider.book.payouts.newestFirst) { payout in
                    list.contains(payout.createdAt) && (account == nil || payout.fundAccountID == account)
                        && (reference == nil || payout.referenceID == reference)
                }
                return .json(EntityList(items: page))
            },
            Route(.get, "/v1/payouts/{id}", name: "payouts.fetch", access: access, query: nil) { request in
                .json(try await provider.book.payout(request.id))
            },
            Route(
                .post, "/control/payouts/{id}/{status}", name: "control.payout",
                access: CallGate.Access.control.rawValue
            ) { request in
                try RequestFields(request).allow(only: [])
                guard let status = ProviderPayout.Status(rawValue: request.parameters["status"] ?? ""),
                    status != .processing
                else { throw ProviderError.unknownURL }
                return .json(try await provider.decidePayout(request.id, status))
            },
        ]
    }
}

extension OrderBook {
    typealias PayoutChange = (payout: ProviderPayout, events: [EventDraft])

    /// How long a payout is under way, in seconds.
    private static let payoutSeconds: Int64 = 10

    func payout(_ id: String) throws(ProviderError) -> ProviderPayout {
        guard let payout = payouts[id] else { throw .unknownID }
        return payout
    }

    mutating func payOut(_ fields: RequestFields) throws(ProviderError) -> ProviderPayout {
        try fields.allow(only: [
            "account_number", "fund_account_id", "amount", "currency", "mode", "purpose", "queue_if_low_balance",
            "reference_id", "narration", "notes",
        ])
        _ = try RequestFields.required("account_number", fields.text("account_number", max: 40))
        let fund = try RequestFields.required("fund_account_id", fields.text("fund_account_id", max: 64))
        guard fundAccounts[fund] != nil else { throw .unknownID }
        let amount = try RequestFields.required("amount", fields.integer("amount", in: 100...SandboxLimits.amountMax))
        guard try Currency(RequestFields.required("currency", fields.text("currency", max: 16))) == .inr else {
            throw .invalid("currency", "Payouts are made in INR only.")
        }
        let mode = try RequestFields.required("mode", fields.choice("mode", of: ProviderPayout.Mode.self))
        let payout = ProviderPayout(
            id: ids.make("pout_"), fundAccountID: fund, amount: amount, mode: mode,
            purpose: try RequestFields.required("purpose", fields.text("purpose", max: 30)),
            referenceID: try fields.text("reference_id", max: 40), narration: try fields.text("narration", max: 30),
            notes: try Notes(fields["notes"]), createdAt: now)
        payouts.makeRoom(in: limits.payouts)
        payouts[payout.id] = payout
        later(.payout(payout.id), in: Self.payoutSeconds)
        return payout
    }

    /// The bank decides; what it has processed may still come back.
    mutating func decidePayout(
        _ id: String, _ status: ProviderPayout.Status
    ) throws(ProviderError) -> PayoutChange {
        let payout = try payout(id)
        guard payout.status == .processing || (payout.status == .processed && status == .reversed) else {
            throw .refused("The payout is \(payout.status.rawValue) already.")
        }
        return conclude(payout, status)
    }

    /// The time of a payout has come; one that was decided by hand stays as it is.
    mutating func processPayout(_ id: String) -> [EventDraft] {
        guard let payout = payouts[id], payout.status == .processing else { return [] }
        return conclude(payout, .processed).events
    }

    private mutating func conclude(_ payout: ProviderPayout, _ status: ProviderPayout.Status) -> PayoutChange {
        var payout = payout
        payout.status = status
        if status == .processed { payout.utr = "SBXN" + ids.digits(12) }
        payouts[payout.id] = payout
        let name: EventDraft.Name? =
            switch status {
            case .processing: nil
            case .processed: .payoutProcessed
            case .reversed: .payoutReversed
            case .failed: .payoutFailed
            }
        return (payout, name.map { [EventDraft($0, payout)] } ?? [])
    }
}

extension PaymentProvider {
    /// A key that made a payout before gives that one, as it is now.
    fileprivate func payOut(
        _ fields: RequestFields, _ key: IdempotencyBook.Use
    ) throws(ProviderError) -> ProviderPayout {
        if let id = try idempotency.find(key) { return try book.payout(id) }
        let payout = try book.payOut(fields)
        idempotency.keep(key, payout.id)
        carryOut()
        return payout
    }

    fileprivate func decidePayout(
        _ id: String, _ status: ProviderPayout.Status
    ) throws(ProviderError) -> ProviderPayout {
        try happen { (book) throws(ProviderError) in try book.decidePayout(id, status) }
    }
}
