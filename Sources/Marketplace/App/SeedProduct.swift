// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// A variant as it is seeded.
struct SeedVariant: Equatable {
    let id: Int64
    let movement: Int64
    let sku: String
    /// JSON object.
    let options: [UInt8]
    /// Paise, tax included.
    let price: Int64
    let compareAt: Int64?
    /// JSON array, rising in quantity and falling in price.
    let tiers: [UInt8]
    let minQuantity: Int
    let maxQuantity: Int?
    let step: Int
    let grams: Int
    let stock: Int
}

/// A product as it is seeded.
struct SeedProduct: Equatable {
    let id: Int64
    /// Positions in the lists of sellers and leaf categories.
    let seller: Int
    let category: String
    let slug: String
    let title: String
    let description: String
    let brand: String
    let hsn: String
    let gst: Int
    /// JSON object.
    let attributes: [UInt8]
    /// JSON array.
    let options: [UInt8]
    /// Joined by commas.
    let badges: String
    let ratingCount: Int
    let ratingSum: Int64
    let soldCount: Int64
    let createdAt: Timestamp
    let variants: [SeedVariant]
}

/// The demo catalogue's products, one after the other, without an end.
struct SeedProducts: IteratorProtocol {
    private static let firstDay = Timestamp(seconds: 1_735_689_600)  // 2025-01-01T00:00:00Z

    private let productIDs = SeedNumbers(.products)
    private let variantIDs = SeedNumbers(.variants)
    private let movementIDs = SeedNumbers(.movements)
    private var number = 0
    /// How often a title has been given: the second of a kind gets a slug of its own.
    private var titles: [String: Int] = [:]

    mutating func next() -> SeedProduct? {
        defer { number += 1 }
        var dice = SeedDice(.products, number)
        let goods = SeedGoods.all[number % SeedGoods.all.count]
        let seller = dice.below(SeedSeller.all.count)
        let brand = dice.pick(SeedSeller.all[seller].brands)
        let (trait, noun, material) = (dice.pick(goods.traits), dice.pick(goods.nouns), dice.pick(goods.materials))
        let title = "\(brand) \(trait) \(noun)"
        let values = SeedChoices(goods, &dice)
        let ratings = dice.chance(85) ? dice.number(1...420) : 0
        let stars = dice.number(310...490)
        let sold = Int64(ratings * dice.number(3...25))
        return SeedProduct(
            id: productIDs.next(), seller: seller, category: goods.category, slug: slug(title), title: title,
            description: Self.description(brand, trait, noun, material, seller), brand: brand, hsn: goods.hsn,
            gst: goods.gst, attributes: Self.attributes(brand, material), options: values.json,
            badges: Self.badges(sold: sold, trait: trait, &dice), ratingCount: ratings,
            ratingSum: Int64((ratings * stars + 50) / 100), soldCount: sold, createdAt: createdAt,
            variants: variants(goods, values, &dice))
    }

    /// A few hours apart; round and round a year, so that no product is of the future.
    private var createdAt: Timestamp {
        Self.firstDay + .seconds(Int64(number) * 21_600 % 31_536_000 + Int64(number % 3600))
    }

    private mutating func slug(_ title: String) -> String {
        let words = title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let slug = words.joined(separator: "-")
        let times = titles[slug, default: 0] + 1
        titles[slug] = times
        return times == 1 ? slug : "\(slug)-\(times)"
    }

    private mutating func variants(_ goods: SeedGoods, _ values: SeedChoices, _ dice: inout SeedDice) -> [SeedVariant] {
        // Prices end in a nine, as prices do.
        let base = Int64(dice.number(goods.rupees) / 10 * 10 + 9)
        let discount = dice.chance(40) ? dice.number(10...45) : 0
        let grams = dice.number(goods.grams)
        let terms = SeedTerms(goods.sale, &dice)
        return values.combinations.enumerated().map { position, combination in
            let rupees = base * Int64(100 + combination.surcharge) / 100
            let price = rupees * 100
            return SeedVariant(
                id: variantIDs.next(), movement: movementIDs.next(),
                sku: "\(goods.category.uppercased())-\(number + 1)-\(position + 1)", options: combination.json,
                price: price, compareAt: discount > 0 ? rupees * Int64(100 + discount) / 100 * 100 : nil,
                tiers: terms.tiers(price), minQuantity: terms.pack, maxQuantity: terms.maxQuantity, step: terms.pack,
                grams: grams * (100 + combination.surcharge) / 100, stock: terms.stock(&dice))
        }
    }

    private static func attributes(_ brand: String, _ material: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("brand", brand)
            json.field("material", material)
            json.field("country_of_origin", "India")
        }
        return json.bytes
    }

    private static func badges(sold: Int64, trait: String, _ dice: inout SeedDice) -> String {
        var badges: [String] = []
        if sold > 4000 { badges.append("bestseller") }
        if ["Handcrafted", "Handloom", "Handstitched", "Hand Painted", "Hand Rolled"].contains(trait) {
            badges.append("handmade")
        }
        if dice.chance(8) { badges.append("limited") }
        return badges.joined(separator: ",")
    }

    private static func description(
        _ brand: String, _ trait: String, _ noun: String, _ material: String, _ seller: Int
    ) -> String {
        """
        \(trait) \(noun.lowercased()) by \(brand). Made of \(material.lowercased()), checked piece by piece and packed by \
        \(SeedSeller.all[seller].name). Price includes GST.
        """
    }
}
