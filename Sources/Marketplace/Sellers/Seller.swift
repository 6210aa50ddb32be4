// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

/// What a seller is in law.
enum SellerType: String, Sendable, CaseIterable {
    case individual, proprietorship, partnership, llp, company
}

/// A seller as its row stands.
struct Seller: Sendable {
    let id: SellerID
    /// nil for sellers that were loaded without an account.
    let owner: UserID?
    let slug: String
    let businessName: String
    let legalName: String?
    let type: SellerType?
    let gstin: String?
    let panMasked: String?
    /// JSON objects and arrays, as they were checked when they came.
    let contact: [UInt8]
    let pickupAddresses: [UInt8]
    let returnPolicy: [UInt8]?
    let bank: Bank?
    let status: SellerStatus
    let kyc: KYCStatus
    let rating: (count: Int64, sum: Int64)
    let isTrusted: Bool
    let holiday: (from: Timestamp, to: Timestamp)?
    let about: String?
    let payoutsHeldUntil: Timestamp?
    let reason: (code: String, note: String?)?
    let mayResubmit: Bool
    let commission: Int64?
    let createdAt: Timestamp
    let version: Int64
    /// The picture that stands for it, by its row alone.
    let logoID: ImageID?
    /// The same as it is shown. Of a seller that was waited for to be locked it is not known: ask for the seller again.
    let logo: Picture?

    struct Bank: Sendable {
        let holder: String
        let accountMasked: String
        let ifsc: String
        let isVerified: Bool
    }

    var entityTag: EntityTag { EntityTag(version: version) }

    /// The members that everybody has who may see the seller's own data.
    func writeMembers(_ documents: [KYCDocument], to json: inout JSONWriter) {
        json.field("id", id)
        json.field("slug", slug)
        json.field("business_name", businessName)
        json.field("legal_name", legalName)
        json.field("type", type?.rawValue)
        json.fieldIfPresent("gstin", gstin)
        json.field("pan_masked", panMasked)
        json.field("contact", raw: contact)
        json.field("pickup_addresses", raw: pickupAddresses)
        json.key("bank")
        if let bank {
            json.object { json in
                json.field("account_holder", bank.holder)
                json.field("account_masked", bank.accountMasked)
                json.field("ifsc", bank.ifsc)
                json.field("verified", bank.isVerified)
            }
        } else {
            json.null()
        }
        json.field("status", status.rawValue)
        json.object("kyc") { json in
            json.field("status", kyc.rawValue)
            json.array("documents") { json in for document in documents { json.value(document) } }
        }
        writeReputation(to: &json)
        json.field("trusted", isTrusted)
        json.fieldIfPresent("payouts_held_until", payoutsHeldUntil)
        if let reason {
            json.object("reason") { json in
                json.field("code", reason.code)
                json.fieldIfPresent("note", reason.note)
                json.field("may_resubmit", mayResubmit)
            }
        }
        json.field("created_at", createdAt)
        json.field("version", version)
    }

    /// What buyers may know, too.
    func writeReputation(to json: inout JSONWriter) {
        json.object("rating") { json in
            let centi = rating.count > 0 ? rating.sum * 100 / rating.count : 0
            json.field("average", raw: "\(centi / 100).\(centi / 10 % 10)\(centi % 10)".utf8)
            json.field("count", rating.count)
        }
        json.fieldIfPresent("about", about)
        json.fieldIfPresent("logo", logo)
        if let returnPolicy { json.field("return_policy", raw: returnPolicy) }
        if let holiday {
            json.object("holiday") { json in
                json.field("from", holiday.from)
                json.field("to", holiday.to)
            }
        }
    }
}
