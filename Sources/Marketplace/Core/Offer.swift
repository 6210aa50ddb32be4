// SPDX-License-Identifier: Apache-2.0

/// What a buyer is offered for one variant, as carts and orders price it; frozen into an order's line.
///
/// Prices are in minor units and include the tax. It is a snapshot: `version` tells the database whether it still holds.
public struct Offer: Sendable, Equatable {
    /// The variant.
    public let variant: VariantID
    /// Its product.
    public let product: ProductID
    /// Who sells it.
    public let seller: SellerID
    /// The seller's name as buyers see it.
    public let sellerName: String
    /// The state (two letters) that the seller supplies from, for the tax split; nil when unknown.
    public let sellerState: String?
    /// The seller's article number.
    public let sku: String
    /// The product's title.
    public let title: String
    /// The product's name in addresses.
    public let slug: String
    /// A small picture.
    public let thumbnailURL: String?
    /// JSON object of the variant's options.
    public let options: [UInt8]
    /// ISO 4217.
    public let currency: Currency
    /// Price of one at the smallest quantity.
    public let price: Int64
    /// Lower prices for larger quantities, rising by quantity.
    public let tiers: [Tier]
    /// What the seller agreed with the company that is bought for, rising by quantity; where one applies, it is the price.
    public let agreed: [Tier]
    /// The price list that has them; nil where there are none.
    public let agreedList: PriceListID?
    /// Least quantity of an order line.
    public let minQuantity: Int
    /// Greatest quantity of an order line, if bounded.
    public let maxQuantity: Int?
    /// Quantities are multiples of this.
    public let step: Int
    /// Tax contained in the price.
    public let taxRate: BasisPoints
    /// Tariff code.
    public let hsnCode: String
    /// The category of the product and those above it, the root first.
    public let categories: [CategoryID]
    /// Raised by each change of what is above, or of `sellable`.
    public let version: Int64
    /// Whether it can be bought: approved, listed, and its seller active and not on holiday.
    public let sellable: Bool
    /// Units available when it was read; orders ask the inventory, carts only warn.
    public let available: Int

    /// A price from some quantity on.
    public struct Tier: Sendable, Equatable {
        /// From this quantity on.
        public let minQuantity: Int
        /// The price of one, in minor units.
        public let price: Int64

        /// States a tier.
        public init(minQuantity: Int, price: Int64) {
            self.minQuantity = minQuantity
            self.price = price
        }
    }

    /// States an offer.
    public init(
        variant: VariantID, product: ProductID, seller: SellerID, sellerName: String, sellerState: String?, sku: String,
        title: String, slug: String, thumbnailURL: String?, options: [UInt8], currency: Currency, price: Int64,
        tiers: [Tier], minQuantity: Int, maxQuantity: Int?, step: Int, taxRate: BasisPoints, hsnCode: String,
        version: Int64, sellable: Bool, available: Int, agreed: [Tier] = [], agreedList: PriceListID? = nil,
        categories: [CategoryID] = []
    ) {
        self.variant = variant
        self.product = product
        self.seller = seller
        self.sellerName = sellerName
        self.sellerState = sellerState
        self.sku = sku
        self.title = title
        self.slug = slug
        self.thumbnailURL = thumbnailURL
        self.options = options
        self.currency = currency
        self.price = price
        self.tiers = tiers
        self.agreed = agreed
        self.agreedList = agreedList
        self.minQuantity = minQuantity
        self.maxQuantity = maxQuantity
        self.step = step
        self.taxRate = taxRate
        self.hsnCode = hsnCode
        self.categories = categories
        self.version = version
        self.sellable = sellable
        self.available = available
    }

    /// The price of one when `quantity` are bought: the company's, else the tier's, else the base price.
    public func unitPrice(quantity: Int) -> Int64 {
        Self.tier(agreed, quantity)?.price ?? Self.tier(tiers, quantity)?.price ?? price
    }

    /// Where the price of one comes from when `quantity` are bought.
    public func priceSource(quantity: Int) -> PriceSource {
        if Self.tier(agreed, quantity) != nil { return .companyList }
        return Self.tier(tiers, quantity) != nil ? .tier : .base
    }

    /// The tier that `quantity` units are bought at; nil below the first one.
    public static func tier(_ tiers: [Tier], _ quantity: Int) -> Tier? {
        tiers.last { $0.minQuantity <= quantity }
    }
}

/// Where a price comes from; each comes before those after it.
public enum PriceSource: String, CaseIterable, Hashable, Sendable {
    /// A price list that the seller assigned to the company.
    case companyList = "company_list"
    /// The variant's own price for so many.
    case tier
    /// The variant's price.
    case base
}
