// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A version of a rule as the API shows it.
struct ShownCommission: JSONWritable, Sendable {
    let rule: CommissionRule

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", rule.id)
            json.field("version", rule.version)
            json.object("scope") { json in
                json.field("type", rule.scope.type.rawValue)
                json.fieldIfPresent("category_id", rule.scope.category)
                json.fieldIfPresent("seller_id", rule.scope.seller)
                json.fieldIfPresent("product_id", rule.scope.product)
            }
            json.field("rate_bps", rule.rate)
            json.field("fixed_fee", Money(minor: rule.fixedFee, currency: rule.currency))
            json.fieldIfPresent("min_fee", rule.minFee.map { Money(minor: $0, currency: rule.currency) })
            json.fieldIfPresent("max_fee", rule.maxFee.map { Money(minor: $0, currency: rule.currency) })
            json.field("include_shipping", rule.includesShipping)
            json.fieldIfPresent("gst_rate_bps", rule.gstRate)
            json.field("effective_from", rule.effectiveFrom)
            json.fieldIfPresent("effective_to", rule.effectiveTo)
            json.field("note", rule.note)
            json.fieldIfPresent("set_by", rule.setBy)
        }
    }
}
