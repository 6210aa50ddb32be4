// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/tax-rates/set/`: a rate from a day on, today at the earliest; what was earned before is not taxed anew.
struct SetTaxRate: Sendable {
    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request, by: caller.user)
        } _: { transaction, wanted in
            let rate: TaxRate
            switch try await TaxRateStore(client: transaction).add(wanted) {
            case .added(let added): rate = added
            case .known: throw Self.wrong(code: "exists", "that kind has a rate from that day on")
            case .past: throw Self.wrong(code: "past", "today in India, or later")
            }
            try await AuditLog.append(
                "tax_rate.set", by: caller, in: request, entityType: "tax_rate",
                // There is no number but the day's.
                entityID: Int64(rate.effectiveFrom.filter(\.isNumber)) ?? 0, after: rate.jsonBytes(),
                reason: rate.source, in: transaction)
            return .json(rate, .created)
        }
    }

    private static func read(_ request: RequestContext, by admin: UserID) throws -> TaxRate {
        try request.json { (body: inout JSONInput) -> TaxRate in
            let kind = body.choice("kind", of: TaxRate.Name.self)
            let usual: TaxRate.Base =
                switch kind {
                case .gstOnCommission: .commission
                case .tcs: .taxable
                case .tds: .gross
                }
            let base = body.optionalChoice("base", of: TaxRate.Base.self) ?? usual
            if (kind == .gstOnCommission) != (base == .commission) {
                body.fail("base", code: "invalid", message: "the fee's tax is of the fee, the others are of the sale")
            }
            return TaxRate(
                kind: kind, effectiveFrom: body.parsed("effective_from", length: 10...10, placeholder: "") { day($0) },
                rate: BasisPoints(Int32(clamping: body.int("rate_bps", in: 0...5000))) ?? .zero, base: base,
                source: body.string("source", length: 1...500), setBy: admin)
        }
    }

    /// A day as it is written, if there is such a day.
    private static func day(_ text: String) -> String? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let numbers = parts.compactMap { Int64($0) }
        return CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]) == nil ? nil : text
    }

    private static func wrong(code: String, _ message: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: "/effective_from", code: code, message: message)])
    }
}
