// SPDX-License-Identifier: Apache-2.0

/// A kind of goods that demo products are made of; each stands in one leaf of the tree.
struct SeedGoods: Sendable {
    /// What distinguishes the variants of one product.
    struct Choice: Sendable {
        let name: String
        let values: [String]
        /// Percent that each further value adds to the price; 0 for colours and sizes.
        var step = 0
    }

    /// The slug of its category.
    let category: String
    /// What it is called.
    let nouns: [String]
    /// What is said of it, between brand and noun.
    let traits: [String]
    /// One or two.
    let choices: [Choice]
    /// Price of the first variant in whole rupees, tax included.
    let rupees: ClosedRange<Int>
    let hsn: String
    /// GST in basis points.
    let gst: Int
    let grams: ClosedRange<Int>
    let materials: [String]
    /// How it is sold.
    var sale = Sale.retail

    /// How it is sold.
    enum Sale: Sendable {
        /// By the piece, some with a maximum.
        case retail
        /// By the piece, cheaper in quantity.
        case tiered
        /// In packs only, cheaper in quantity.
        case packs(of: Int)
    }
}

/// A category of the demo tree.
struct SeedCategory: Sendable {
    let slug: String
    let name: String
    let children: [SeedCategory]

    init(_ slug: String, _ name: String, _ children: [SeedCategory] = []) {
        self.slug = slug
        self.name = name
        self.children = children
    }

    /// Forty categories, two and three levels deep.
    static let tree = [
        SeedCategory(
            "electronics", "Electronics",
            [
                SeedCategory(
                    "audio", "Audio",
                    [SeedCategory("headphones", "Headphones"), SeedCategory("speakers", "Speakers")]),
                SeedCategory(
                    "mobile-accessories", "Mobile Accessories",
                    [
                        SeedCategory("chargers-and-cables", "Chargers and Cables"),
                        SeedCategory("power-banks", "Power Banks"),
                    ]),
                SeedCategory(
                    "computer-accessories", "Computer Accessories",
                    [
                        SeedCategory("keyboards-and-mice", "Keyboards and Mice"),
                        SeedCategory("storage", "Storage"),
                    ]),
            ]),
        SeedCategory(
            "home-and-kitchen", "Home and Kitchen",
            [
                SeedCategory(
                    "cookware", "Cookware",
                    [
                        SeedCategory("kadais-and-pans", "Kadais and Pans"),
                        SeedCategory("pressure-cookers", "Pressure Cookers"),
                    ]),
                SeedCategory("dinnerware", "Dinnerware"),
                SeedCategory("bedding", "Bedding"),
                SeedCategory("home-decor", "Home Decor"),
            ]),
        SeedCategory(
            "fashion", "Fashion",
            [
                SeedCategory("men", "Men", [SeedCategory("shirts", "Shirts"), SeedCategory("t-shirts", "T-Shirts")]),
                SeedCategory("women", "Women", [SeedCategory("kurtas", "Kurtas"), SeedCategory("sarees", "Sarees")]),
                SeedCategory("footwear", "Footwear"),
            ]),
        SeedCategory(
            "beauty", "Beauty", [SeedCategory("skin-care", "Skin Care"), SeedCategory("hair-care", "Hair Care")]),
        SeedCategory(
            "grocery", "Grocery",
            [
                SeedCategory("tea-and-coffee", "Tea and Coffee"), SeedCategory("spices", "Spices"),
                SeedCategory("dry-fruits", "Dry Fruits"),
            ]),
        SeedCategory(
            "stationery", "Stationery", [SeedCategory("notebooks", "Notebooks"), SeedCategory("pens", "Pens")]),
        SeedCategory(
            "sports-and-fitness", "Sports and Fitness",
            [SeedCategory("yoga", "Yoga"), SeedCategory("cricket", "Cricket")]),
        SeedCategory(
            "industrial-supplies", "Industrial Supplies", [SeedCategory("safety-gear", "Safety Gear")]),
    ]
}
