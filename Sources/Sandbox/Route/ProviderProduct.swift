// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a linked account may use: Route, as far as it is activated.
struct ProviderProduct: Sendable {
    enum Status: String, CaseIterable, Sendable {
        case requested
        case needsClarification = "needs_clarification"
        case underReview = "under_review"
        case activated, suspended
    }

    /// The bank account that the provider pays to: what is missing is asked for.
    static let settlementFields: [StaticString] = ["account_number", "ifsc_code", "beneficiary_name"]

    let id: String
    let accountID: String
    let name: String
    /// Unix seconds.
    let requestedAt: Int64
    var hasAcceptedTerms: Bool
    var bank: [String: String] = [:]
    var status = Status.requested

    /// What has to come before it is looked at.
    func missing(hasStakeholder: Bool) -> [String] {
        var fields = Self.settlementFields.map(\.description).filter { bank[$0] == nil }.map { "settlements." + $0 }
        if !hasAcceptedTerms { fields.append("tnc_accepted") }
        if !hasStakeholder { fields.append("stakeholders") }
        return fields
    }
}

/// A product with what its account has.
struct ShownProduct: EventEntity {
    static var eventName: String { "merchant_product" }

    var product: ProviderProduct
    let hasStakeholder: Bool

    /// A second later.
    var altered: ShownProduct {
        let old = product
        var new = ProviderProduct(
            id: old.id, accountID: old.accountID, name: old.name, requestedAt: old.requestedAt + 1,
            hasAcceptedTerms: old.hasAcceptedTerms)
        new.bank = old.bank
        new.status = old.status
        return ShownProduct(product: new, hasStakeholder: hasStakeholder)
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", product.id)
            json.field("account_id", product.accountID)
            json.field("product_name", product.name)
            json.field("activation_status", product.status.rawValue)
            json.object("active_configuration") { json in
                json.object("settlements") { json in
                    for name in ProviderProduct.settlementFields {
                        json.field(name, product.bank[name.description])
                    }
                }
            }
            json.array("requirements") { json in
                for field in product.missing(hasStakeholder: hasStakeholder) {
                    json.object { json in
                        json.field("field_reference", field)
                        json.field("resolution_url", "/accounts/\(product.accountID)/products/\(product.id)")
                        json.field("status", "required")
                        json.field("reason_code", "field_missing")
                    }
                }
            }
            json.object("tnc") { json in json.field("accepted", product.hasAcceptedTerms) }
            json.field("requested_at", product.requestedAt)
        }
    }
}
