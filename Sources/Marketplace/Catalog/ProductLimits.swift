// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What a product may hold. What is longest together, 250 variants with all of it, stays below the megabyte that an answer
/// kept under an idempotency key may have.
enum ProductLimits {
    /// Variants that are not archived: 10 sizes in 25 colours.
    static let variants = 1...250
    /// Variants with the archived ones: what a seller adds and takes away for years ends here.
    static let variantRowsMax = 500
    /// Options that tell the variants of a product apart.
    static let optionsMax = 3
    /// Values of an option.
    static let optionValues = 1...100
    static let optionNameLength = 1...30
    static let optionValueLength = 1...60
    static let attributesMax = 50
    static let attributeLength = 1...200
    /// Of numbers among attributes: what anything measures.
    static let attributeNumber = -1_000_000_000_000.0...1_000_000_000_000.0
    /// Characters of such a number: no measure has more digits, and its text is a value to filter by.
    static let attributeNumberLength = 30
    static let titleLength = 1...300
    static let descriptionLength = 0...20_000
    static let brandLength = 1...120
    static let skuLength = 1...100
    static let barcodeLength = 1...64
    /// Pictures of a product.
    static let imagesMax = 12
    /// Pictures of a seller that no product uses yet: 40 full products' worth, for 24 hours each.
    static let unusedImagesMax = 500
    static let tiersMax = 10
    /// Paise; of imports as well.
    static let price = Int(PriceRange.amounts.lowerBound)...Int(PriceRange.amounts.upperBound)
    static let quantity = 1...Int(Quantity.range.upperBound)
    /// Ten tonnes: heavier goods are no parcel.
    static let grams = 0...10_000_000
    /// What a variant begins with; the rest of the column's room is for units that come later.
    static let firstStock = 0...1_000_000_000
    /// Days to give something back in.
    static let returnDays = 0...90
    /// The rates of the GST in hundredths of a percent, the merged ones (12 %, 28 %) for goods that still have them.
    static let gstRates = [0, 25, 150, 300, 500, 1200, 1800, 2800, 4000]
    /// What this store sells in.
    static let currencies: Set<Currency> = [.inr]
    /// A product in full, at its longest.
    static let bodyMax = 1024 * 1024
}
