// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// What the provider lists, page by page, newest first.
extension RazorpayClient {
    /// The longest page that the provider gives.
    static let pageMax = 100

    /// Payments that were made in a span of time.
    func payments(in span: ReconciledSpan, skip: Int) async throws(RazorpayError) -> [RazorpayPayment] {
        try await list("/v1/payments", span, skip: skip) { RazorpayPayment($0) }
    }

    /// Refunds that were made in a span of time.
    func refunds(in span: ReconciledSpan, skip: Int) async throws(RazorpayError) -> [RazorpayRefund] {
        try await list("/v1/refunds", span, skip: skip) { RazorpayRefund($0) }
    }

    /// Disputes that were opened in a span of time.
    func disputes(in span: ReconciledSpan, skip: Int) async throws(RazorpayError) -> [RazorpayDispute] {
        try await list("/v1/disputes", span, skip: skip) { RazorpayDispute($0) }
    }

    /// What went back of a payment: its first hundred refunds; the provider allows no more than make sense.
    func refunds(ofPayment id: String) async throws(RazorpayError) -> [RazorpayRefund] {
        try Self.items(try await call("GET", "/v1/payments/\(id)/refunds?count=\(Self.pageMax)")) { RazorpayRefund($0) }
    }

    /// A refund.
    func refund(_ id: String) async throws(RazorpayError) -> RazorpayRefund {
        guard let refund = RazorpayRefund(try await call("GET", "/v1/refunds/\(id)").root) else {
            throw RazorpayError(.malformed, "a refund without its fields")
        }
        return refund
    }

    /// What was paid to the bank in a span of time.
    func settlements(in span: ReconciledSpan, skip: Int) async throws(RazorpayError) -> [RazorpaySettlement] {
        try await list("/v1/settlements", span, skip: skip) { RazorpaySettlement($0) }
    }

    /// A settlement.
    func settlement(_ id: String) async throws(RazorpayError) -> RazorpaySettlement {
        guard let settlement = RazorpaySettlement(try await call("GET", "/v1/settlements/\(id)").root) else {
            throw RazorpayError(.malformed, "a settlement without its fields")
        }
        return settlement
    }

    private func list<Entity>(
        _ path: String, _ span: ReconciledSpan, skip: Int, _ read: (JSONValue) -> Entity?
    ) async throws(RazorpayError) -> [Entity] {
        // The provider's bounds are whole seconds, both included.
        let (from, to) = (span.from.microseconds / 1_000_000, (span.to.microseconds - 1) / 1_000_000)
        return try Self.items(
            try await call("GET", "\(path)?from=\(from)&to=\(to)&count=\(Self.pageMax)&skip=\(skip)"), read)
    }

    /// The longest page of the report that the provider gives.
    static let reportPageMax = 1000

    /// What settlements of a day are made of, in the order of the provider's report.
    ///
    /// - Parameter day: `YYYY-MM-DD`, of India's time.
    func settlementLines(of day: String, skip: Int) async throws(RazorpayError) -> [SettlementLine] {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { throw RazorpayError(.malformed, "a day without its parts") }
        return try Self.items(
            try await call(
                "GET",
                "/v1/settlements/recon/combined?year=\(parts[0])&month=\(parts[1])&day=\(parts[2])&count=\(Self.reportPageMax)&skip=\(skip)"
            )
        ) { SettlementLine($0) }
    }

    private static func items<Entity>(
        _ answer: JSONDocument, _ read: (JSONValue) -> Entity?
    ) throws(RazorpayError) -> [Entity] {
        guard let items = answer.root["items"]?.elements else { throw RazorpayError(.malformed, "no collection") }
        var entities: [Entity] = []
        for item in items {
            guard let entity = read(item) else {
                throw RazorpayError(.malformed, "an entity without its fields")
            }
            entities.append(entity)
        }
        return entities
    }
}
