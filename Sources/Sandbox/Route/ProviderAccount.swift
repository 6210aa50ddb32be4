// SPDX-License-Identifier: Apache-2.0
import HTTP

/// A linked account: somebody who sells on the merchant's platform.
struct ProviderAccount: Sendable {
    enum Status: String, Sendable {
        case created, activated, suspended
    }

    /// What is kept as it was sent.
    static let members = [
        "email", "phone", "reference_id", "legal_business_name", "customer_facing_business_name", "business_type",
        "contact_name", "contact_info", "profile", "legal_info", "brand", "apps",
    ]
    /// A new account cannot be paid for a day.
    static let coolingSeconds: Int64 = 86_400

    let id: String
    let email: String
    let referenceID: String?
    /// Unix seconds.
    let createdAt: Int64
    var kept: KeptMembers
    var notes: Notes
    var status = Status.created
    /// Unix seconds; since then its route product is active.
    var activatedAt: Int64?
    var suspendedAt: Int64?
    var stakeholders = Shelf<ProviderStakeholder>()
    var products = Shelf<ProviderProduct>()
    var documents = Shelf<ProviderDocument>()
}

extension ProviderAccount: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("type", "route")
            json.field("status", status.rawValue)
            kept.writeMembers(to: &json)
            json.field("notes", notes)
            json.field("activated_at", activatedAt)
            json.field("suspended_at", suspendedAt)
            json.field("live", status == .activated)
            json.field("created_at", createdAt)
        }
    }
}

/// A person behind a linked account.
struct ProviderStakeholder: Sendable {
    static let members = ["name", "email", "percentage_ownership", "relationship", "phone", "addresses", "kyc"]

    let id: String
    /// Unix seconds.
    let createdAt: Int64
    var kept: KeptMembers
    var notes: Notes
    var documents = Shelf<ProviderDocument>()
}

extension ProviderStakeholder: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "stakeholder")
            kept.writeMembers(to: &json)
            json.field("notes", notes)
            json.field("created_at", createdAt)
        }
    }
}
