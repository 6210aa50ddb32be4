// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore

/// What the price of one unit of a line came from, as it was when the order was made.
///
/// Kept in `orders.order_lines.priced` as `{"tiers":[[10,9000]],"list":7,"agreed":[[1,9500]],"base":11800}`: quantities and minor units; what
/// is empty is left out, and so is the base price where it is the line's own. So the plain price of most lines is `{}`.
struct FrozenPrice: Sendable, Equatable {
    var source: PriceSource
    /// The company's price list, where the seller has one for it, applied or not.
    var list: PriceListID?
    /// The tier that applied; nil: none did.
    var tier: Offer.Tier?
    /// The variant's price for one.
    var base: Int64
    /// The variant's prices for many, rising by quantity.
    var tiers: [Offer.Tier]
    /// Those of the price list.
    var agreed: [Offer.Tier]

    /// What is kept of an offer that so many units are bought at. Runs for each line of each order: the plain price costs a comparison.
    static func json(of offer: Offer, quantity: Int) -> [UInt8] {
        if offer.tiers.isEmpty && offer.agreed.isEmpty { return OrderLineRecord.plainPrice }
        var json = JSONWriter(capacity: 64)
        json.object { json in
            if !offer.tiers.isEmpty { write(offer.tiers, "tiers", to: &json) }
            if !offer.agreed.isEmpty {
                write(offer.agreed, "agreed", to: &json)
                if let list = offer.agreedList { json.field("list", list.rawValue) }
            }
            if offer.priceSource(quantity: quantity) != .base { json.field("base", offer.price) }
        }
        return json.bytes
    }

    private static func write(_ tiers: [Offer.Tier], _ name: StaticString, to json: inout JSONWriter) {
        json.array(name) { json in
            for tier in tiers {
                json.array { json in
                    json.value(tier.minQuantity)
                    json.value(tier.price)
                }
            }
        }
    }

    /// Reads what was kept of a line; nil where it is not what this server writes.
    init?(parsing bytes: [UInt8], quantity: Int, unitPrice: Int64) {
        guard let root = try? JSONDocument(parsing: bytes).root, let tiers = Self.tiers(root["tiers"]),
            let agreed = Self.tiers(root["agreed"])
        else { return nil }
        self.tiers = tiers
        self.agreed = agreed
        list = root["list"]?.int64.map { PriceListID(rawValue: $0) }
        base = root["base"]?.int64 ?? unitPrice
        if let tier = Offer.tier(agreed, quantity) {
            (source, self.tier) = (.companyList, tier)
        } else if let tier = Offer.tier(tiers, quantity) {
            (source, self.tier) = (.tier, tier)
        } else {
            source = .base
        }
    }

    private static func tiers(_ value: JSONValue?) -> [Offer.Tier]? {
        guard let value else { return [] }
        guard let elements = value.elements else { return nil }
        var tiers: [Offer.Tier] = []
        for element in elements {
            guard let pair = element.elements, pair.count == 2, let quantity = pair[0].int, let price = pair[1].int64
            else {
                return nil
            }
            tiers.append(Offer.Tier(minQuantity: quantity, price: price))
        }
        return tiers
    }
}
