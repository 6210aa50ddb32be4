// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A version of a commission rule that an admin wants.
struct NewCommission: Sendable {
    let scope: CommissionRule.Scope
    let rate: BasisPoints
    let fixedFee: Int64
    let minFee: Int64?
    let maxFee: Int64?
    let includesShipping: Bool
    /// Tax on the commission: stored, so that what a rule takes does not hang on the day of earning.
    let gstRate: BasisPoints
    let effectiveFrom: Timestamp
    let effectiveTo: Timestamp?
    let note: String

    /// The highest rate: half of what is sold.
    static let rates = 0...5000
    /// The tax on the commission where nothing is said of it.
    static let gstRateDefault = 1800
    /// The greatest fee, in minor units: a crore of rupees.
    static let fees = 0...1_000_000_000
    /// What clocks may be apart: a rule from now is not one from the past.
    static let clockTolerance: Duration = .seconds(60)

    /// The ids of a scope as they were sent.
    private struct ScopeText {
        let type: CommissionScopeType
        let category: String?
        let seller: String?
        let product: String?
    }

    /// Reads the body of `POST /api/admin/commission/set/`.
    ///
    /// - Throws: 422 for what breaks a rule, 404 for ids of the wrong form.
    static func read(_ request: RequestContext, now: Timestamp) throws -> NewCommission {
        let (scope, draft) = try request.json { body in
            let scope = body.object("scope") { scope in
                ScopeText(
                    type: scope.choice("type", of: CommissionScopeType.self),
                    category: scope.optionalString("category_id", length: 1...64),
                    seller: scope.optionalString("seller_id", length: 1...64),
                    product: scope.optionalString("product_id", length: 1...64))
            }
            return (scope, Self.draft(&body, now))
        }
        guard
            let named = CommissionRule.Scope(
                scope.type, category: try id(scope.category, "category_id"), seller: try id(scope.seller, "seller_id"),
                product: try id(scope.product, "product_id"))
        else {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/scope", code: "invalid",
                        message: "a scope names what its type says, and nothing else")
                ])
        }
        return NewCommission(
            scope: named, rate: draft.rate, fixedFee: draft.fixedFee, minFee: draft.minFee, maxFee: draft.maxFee,
            includesShipping: draft.includesShipping, gstRate: draft.gstRate, effectiveFrom: draft.effectiveFrom,
            effectiveTo: draft.effectiveTo, note: draft.note)
    }

    private static func draft(_ body: inout JSONInput, _ now: Timestamp) -> NewCommission {
        let rate = body.int("rate_bps", in: rates)
        let fixedFee = money("fixed_fee", &body) ?? 0
        let (minFee, maxFee) = (money("min_fee", &body), money("max_fee", &body))
        if let minFee, let maxFee, maxFee < minFee {
            body.fail("max_fee", code: "invalid", message: "no less than min_fee")
        }
        let includesShipping = body.optionalBool("include_shipping") ?? false
        let gst = body.optionalInt("gst_rate_bps", in: rates) ?? gstRateDefault
        let from = body.parsed("effective_from", length: 20...32, placeholder: now) { Timestamp(rfc3339: $0) }
        if from < now - clockTolerance { body.fail("effective_from", code: "past", message: "now, or later") }
        let to = body.optionalParsed("effective_to", length: 20...32) { Timestamp(rfc3339: $0) }
        if let to, to <= max(from, now) { body.fail("effective_to", code: "invalid", message: "after the beginning") }
        return NewCommission(
            scope: .global, rate: BasisPoints(Int32(clamping: rate)) ?? .zero, fixedFee: fixedFee, minFee: minFee,
            maxFee: maxFee, includesShipping: includesShipping,
            gstRate: BasisPoints(Int32(clamping: gst)) ?? .zero, effectiveFrom: from, effectiveTo: to,
            note: body.string("note", length: 1...2000))
    }

    /// An amount of the shop's currency.
    private static func money(_ name: StaticString, _ body: inout JSONInput) -> Int64? {
        body.optionalObject(name) { money in
            let amount = money.int("amount", in: fees)
            if money.string("currency", length: 3...3) != Currency.inr.description {
                money.fail("currency", code: "invalid", message: "fees are in INR")
            }
            return Int64(amount)
        }
    }

    private static func id<Kind: IDKind>(_ text: String?, _ name: String) throws -> ID<Kind>? {
        guard let text else { return nil }
        guard let id = ID<Kind>(text) else { throw unknown("/scope/\(name)") }
        return id
    }

    /// 404 for what a scope names.
    static func unknown(_ pointer: String) -> Problem {
        Problem(.notFound, errors: [.init(pointer: pointer, code: "not-found", message: "there is none")])
    }
}
