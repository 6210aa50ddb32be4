// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import Postgres

/// The payment provider does not answer, or turns us away.
public struct ProviderFailure: Error, Sendable, CustomStringConvertible {
    /// What it said; no secret.
    public let description: String
}

/// Compares payments, captures, refunds and disputes with the provider and with the ledger, and makes good what is missing here by the
/// same functions as webhooks, never by other writes.
///
/// A run goes page by page and remembers how far it is: broken off, it goes on there. Looking at an object twice changes
/// nothing, so two processes may be at one run.
///
/// - Isolation: call it on the loop of its pool.
public struct Reconciler: Sendable {
    let store: ReconciliationStore
    let client: RazorpayClient
    let ids: IDGenerator
    let news: PaymentNews
    private let wait: @Sendable (Duration) async throws -> Void
    private let logger: Logger

    /// Between two calls: five a second leave the provider's limits to the buyers.
    static let pace: Duration = .milliseconds(200)
    /// Tries of a call that the provider throttles or does not answer, with doubling pauses.
    private static let triesMax = 5
    /// Rows of ours at a time.
    static let batch = 50

    /// Puts the parts together.
    ///
    /// - Parameter wait: comes back when a time has passed.
    public init(
        pool: PostgresPool, client: RazorpayClient, news: PaymentNews, ids: IDGenerator,
        wait: @escaping @Sendable (Duration) async throws -> Void, logger: Logger
    ) {
        store = ReconciliationStore(pool: pool)
        self.client = client
        self.news = news
        self.ids = ids
        self.wait = wait
        self.logger = logger
    }

    /// What an operator's words ask for: a day, or a time from which on; yesterday without either. nil for what is neither, or
    /// has not begun.
    public func span(date: String?, since: String?) async throws -> ReconciledSpan? {
        if let since {
            return Timestamp(rfc3339: since).flatMap { ReconciledSpan(from: $0, to: SystemClock().now()) }
        }
        if let date, !StoreDay.isValid(date) { return nil }
        if let date { return try await ReconciliationStore.day(date, in: store.pool) }
        return try await ReconciliationStore.day(
            try await ReconciliationStore.yesterday(in: store.pool), in: store.pool)
    }

    /// Begins a run of the operator's.
    public func begin(_ span: ReconciledSpan, id: ReconciliationID, origin: String) async throws {
        _ = try await ReconciliationStore.begin(id, span, origin: origin, in: store.pool)
    }

    /// Goes on with a run.
    ///
    /// - Parameter hasTime: asked before each page; false ends for now.
    /// - Returns: the run as it is then; nil when there is none.
    /// - Throws: `ProviderFailure` when the provider gives no answer that can be used; the run goes on from its last page another
    ///   time.
    public func advance(_ id: ReconciliationID, while hasTime: @Sendable () -> Bool) async throws -> Reconciliation? {
        while let run = try await ReconciliationStore.run(id, in: store.pool) {
            guard run.state != .done, run.step != .end, hasTime() else { return run }
            do {
                try await take(run)
            } catch let error as RazorpayError {
                throw ProviderFailure(description: "\(error)")
            }
        }
        return nil
    }

    /// The next page of a run.
    private func take(_ run: Reconciliation) async throws {
        switch run.step {
        case .payments: try await payments(run)
        case .refunds: try await refunds(run)
        case .orders: try await orders(run)
        case .ours: try await ours(run)
        case .disputes: try await disputes(run)
        case .disputed: try await openDisputes(run)
        case .settlements: try await settlements(run)
        case .bank: try await bank(run)
        case .end: break
        }
    }

    /// What a run has found, those that are open first.
    public func differences(of id: ReconciliationID, limit: Int) async throws -> [ReconciledDifference] {
        try await ReconciliationStore.differences(of: id, limit: limit, in: store.pool)
    }

    // MARK: The steps

    private func payments(_ run: Reconciliation) async throws {
        let skip = Int(run.position) ?? 0
        let page = try await ask { () async throws(RazorpayError) in try await client.payments(in: run.span, skip: skip)
        }
        for payment in page { try await compare(payment, in: run) }
        let isLast = page.count < RazorpayClient.pageMax
        try await store.move(run, to: isLast ? .refunds : .payments, isLast ? "" : "\(skip + page.count)")
    }

    private func refunds(_ run: Reconciliation) async throws {
        let skip = Int(run.position) ?? 0
        let page = try await ask { () async throws(RazorpayError) in try await client.refunds(in: run.span, skip: skip)
        }
        for refund in page { try await compare(refund, in: run) }
        let isLast = page.count < RazorpayClient.pageMax
        try await store.move(run, to: isLast ? .orders : .refunds, isLast ? "" : "\(skip + page.count)")
    }

    /// The provider's lists lag; what was paid on an order does not.
    private func orders(_ run: Reconciliation) async throws {
        let rows = try await store.unpaidOrders(run.span, after: Int64(run.position) ?? 0, limit: Self.batch)
        for row in rows {
            let payments = try await ask { () async throws(RazorpayError) in
                try await client.payments(ofOrder: row.providerOrder)
            }
            for payment in payments where payment.order == row.providerOrder { try await compare(payment, in: run) }
        }
        guard let last = rows.last, rows.count == Self.batch else { return try await store.move(run, to: .ours, "") }
        try await store.move(run, to: .orders, "\(last.id)")
    }

    private func ours(_ run: Reconciliation) async throws {
        let parts = run.position.split(separator: ":", maxSplits: 1).map(String.init)
        let after = parts.count == 2 ? (kind: parts[0], name: parts[1]) : (kind: "", name: "")
        let rows = try await store.money(run.span, after: after, limit: Self.batch)
        for row in rows {
            try await compareLedger(row, in: run)
            if try await store.hasSeen(row.kind, row.providerID, in: run) { continue }
            try await askAbout(row, in: run)
        }
        guard let last = rows.last, rows.count == Self.batch else {
            return try await store.move(run, to: .disputes, "")
        }
        try await store.move(run, to: .ours, "\(last.kind.rawValue):\(last.providerID)")
    }

    func end(_ run: Reconciliation) async throws {
        try await store.move(run, to: .end, "")
        guard let ended = try await ReconciliationStore.run(run.id, in: store.pool) else { return }
        logger.log(
            level: ended.open == 0 ? .notice : .error,
            ended.open == 0 ? "the provider's books agree with ours" : "the provider's books differ from ours",
            metadata: [
                "run": "\(ended.id)", "matched": "\(ended.matched)", "missing_here": "\(ended.missingHere)",
                "missing_there": "\(ended.missingThere)", "amount_diff": "\(ended.amountDiff)",
                "repaired": "\(ended.repaired)",
            ])
    }

    // MARK: Objects

    /// What a status of the provider's asks to be here at least; nil where no money moved, or it went back untouched.
    private static func rank(of payment: RazorpayPayment) -> Int16? {
        switch payment.status {
        case "captured": 3
        case "refunded": payment.isCaptured == false ? nil : 3
        case "authorized": 2
        default: nil
        }
    }

    /// Noted as seen at the end: an object at which the process died is looked at again.
    private func compare(_ payment: RazorpayPayment, in run: Reconciliation) async throws {
        guard let rank = Self.rank(of: payment), !(try await store.hasSeen(.payment, payment.id, in: run)) else {
            return
        }
        let known = try await store.payment(payment.id)
        guard let here = known, here.rank >= rank else {
            try await repair(payment)
            let after = try await store.payment(payment.id)
            return try await found(
                difference(
                    .payment, .missingHere, payment.id, after?.order, payment.amount, known?.amount, payment.currency,
                    note: after == nil ? "no order of ours" : "\(payment.status) there",
                    isRepaired: after.map { $0.rank >= rank } ?? false), in: run)
        }
        guard here.amount == payment.amount, here.currency == payment.currency else {
            return try await found(
                difference(
                    .payment, .amountDiff, payment.id, here.order, payment.amount, here.amount, payment.currency),
                in: run)
        }
        try await agrees(.payment, payment.id, in: run)
    }

    /// Has the books follow what the provider says, as a webhook would have.
    private func repair(_ payment: RazorpayPayment) async throws {
        guard payment.status == "refunded" else { return try await news.tell(payment, source: Self.source) }
        // A refunded payment pays no order: its refunds tell that it was captured, and that the money went back.
        let refunds = try await ask { () async throws(RazorpayError) in try await client.refunds(ofPayment: payment.id)
        }
        for refund in refunds { try await news.tell(refund, of: payment, source: Self.source) }
    }

    private func compare(_ refund: RazorpayRefund, in run: Reconciliation) async throws {
        if try await store.hasSeen(.refund, refund.id, in: run) { return }
        let here = try await store.refund(refund.id)
        if let here, here.amount != refund.amount || here.currency != refund.currency {
            return try await found(
                difference(.refund, .amountDiff, refund.id, here.order, refund.amount, here.amount, refund.currency),
                in: run)
        }
        if let here, Self.agrees(here, refund) { return try await agrees(.refund, refund.id, in: run) }
        let payment = try await ask { () async throws(RazorpayError) in try await client.payment(refund.payment) }
        try await news.tell(refund, of: payment, source: Self.source)
        let after = try await store.refund(refund.id)
        let note =
            after.map { "\(refund.status) there, \(here?.status ?? "unknown") here, now \($0.status)" }
            ?? "no payment of ours"
        try await found(
            difference(
                .refund, .missingHere, refund.id, after?.order, refund.amount, here?.amount, refund.currency,
                note: note,
                isRepaired: after.map { Self.agrees($0, refund) } ?? false), in: run)
    }

    func found(_ item: ReconciledDifference, in run: Reconciliation) async throws {
        try await store.record(item, in: run)
        _ = try await store.see(item.kind, item.providerID, in: run)
    }

    func agrees(_ kind: ReconciledDifference.Kind, _ name: String, in run: Reconciliation) async throws {
        if try await store.see(kind, name, in: run) { try await store.matches(run) }
    }

    private static func agrees(_ here: RefundHere, _ refund: RazorpayRefund) -> Bool {
        switch refund.status {
        case "processed", "failed": here.status == refund.status
        default: true
        }
    }

    /// Money of ours that the provider's lists did not name: perhaps of another day there.
    private func askAbout(_ row: MoneyHere, in run: Reconciliation) async throws {
        do {
            switch row.kind {
            case .refund:
                let refund = try await ask { () async throws(RazorpayError) in try await client.refund(row.providerID) }
                try await compare(refund, in: run)
            case .payment, .ledger, .dispute, .settlement:
                let payment = try await ask { () async throws(RazorpayError) in try await client.payment(row.providerID)
                }
                guard Self.rank(of: payment) != nil else {
                    return try await record(row, note: "\(payment.status) there", in: run)
                }
                try await compare(payment, in: run)
            }
        } catch let error as RazorpayError where error.kind == .refused {
            try await record(row, note: "unknown there", in: run)
        }
    }

    private func record(_ row: MoneyHere, note: String, in run: Reconciliation) async throws {
        try await found(
            difference(row.kind, .missingThere, row.providerID, row.order, nil, row.amount, row.currency, note: note),
            in: run)
    }

    private func compareLedger(_ row: MoneyHere, in run: Reconciliation) async throws {
        guard row.booked != row.amount else { return }
        try await store.record(
            difference(
                .ledger, row.booked == nil ? .missingHere : .amountDiff, row.providerID, row.order, row.amount,
                row.booked,
                row.currency, note: "\(row.kind.rawValue) in psp_clearing"), in: run)
    }

    func difference(
        _ kind: ReconciledDifference.Kind, _ difference: ReconciledDifference.Difference, _ name: String,
        _ order: OrderID?, _ theirs: Int64?, _ ours: Int64?, _ currency: String, note: String? = nil,
        isRepaired: Bool = false
    ) -> ReconciledDifference {
        ReconciledDifference(
            kind: kind, difference: difference, providerID: name, order: order, theirs: theirs, ours: ours,
            currency: currency, note: note, isRepaired: isRepaired)
    }

    /// Who brings what is made good.
    static let source = "reconciliation"

    /// One call, at the provider's pace, tried again where it is throttled or not answered.
    func ask<Answer>(_ call: () async throws(RazorpayError) -> Answer) async throws -> Answer {
        var attempt = 0
        while true {
            attempt += 1
            try await wait(Self.pace)
            do throws(RazorpayError) {
                return try await call()
            } catch {
                guard error.kind == .notDone || error.kind == .unknown else { throw error }
                guard attempt < Self.triesMax else { throw ProviderFailure(description: "\(error)") }
                try await wait(.seconds(1 << attempt))
            }
        }
    }
}
