// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// Whether a variant is for sale with its product.
enum VariantStatus: String, Sendable {
    case active
    /// Its options are those of a revision that is not approved yet.
    case waiting
    case archived
}

/// A variant as its seller and admins have it.
struct OwnedVariant: Sendable, Equatable {
    let id: VariantID
    let sku: String
    var status: VariantStatus
    var options: [String: String]
    /// Minor units of the product's currency.
    var price: Int64
    var compareAt: Int64?
    var tiers: [PriceTier]
    var minQuantity: Int
    var maxQuantity: Int?
    var step: Int
    var grams: Int
    var barcode: String?
    var isDefault: Bool
    var position: Int
    var stock = VariantStock()
}

/// The units of a variant.
struct VariantStock: Sendable, Equatable {
    var onHand = 0
    var reserved = 0
    var available: Int { onHand - reserved }
}

/// A revision that waits for a decision.
struct OpenRevision: Sendable, Equatable {
    let number: Int
    let proposal: ProductProposal
    let submittedAt: Timestamp
}

/// A product with everything that its seller and admins may know of it.
struct OwnedProduct: Sendable, Equatable {
    let id: ProductID
    let seller: SellerCard
    let slug: String
    let currency: Currency
    let rating: Rating
    let badges: [String]
    let createdAt: Timestamp
    var updatedAt: Timestamp
    var version: Int64
    /// The newest revision's number, 0 before the first.
    var revision: Int
    /// The newest event's number, 0 before the first.
    var eventSequence: Int32
    var listing: ProductListing
    var moderation: ProductModeration
    var moderationReason: String?
    /// What buyers see, or would see.
    var fields: ReviewedFields
    /// Canonical JSON.
    var returnPolicy: [UInt8]
    /// In the seller's order, the archived ones included.
    var variants: [OwnedVariant]
    var open: OpenRevision?
    /// How the newest revision ended; nil while it waits, and before the first.
    var lastEnd: RevisionEnd?

    /// What the seller goes on editing: what waits, or else what is live.
    var proposal: ProductProposal { open?.proposal ?? ProductProposal(fields) }

    /// The options of the variants that an approval would put up for sale.
    var judgedVariants: [VariantID: [String: String]] {
        let judged = variants.filter { $0.status == .waiting || $0.status == .active && !moderation.isLive }
        return Dictionary(judged.map { ($0.id, $0.options) }, uniquingKeysWith: { $1 })
    }

    /// Whether buyers see it while its seller sells.
    var isShown: Bool { listing == .active && moderation.isLive }

    /// The variants that are not archived.
    var kept: [OwnedVariant] { variants.filter { $0.status != .archived } }
}
