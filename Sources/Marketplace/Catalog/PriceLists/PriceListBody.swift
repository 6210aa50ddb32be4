// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Reads the bodies of price lists.
enum PriceListBody {
    /// What is changed of a list; nil is unchanged, `.some(nil)` is cleared.
    struct Change: Sendable {
        let id: PriceListID
        let expectedVersion: Int64?
        let name: String?
        let starts: Timestamp??
        let ends: Timestamp??
        let entries: [PriceList.Entry]?
        /// The currencies that its prices name.
        let currencies: Set<String>

        /// - Throws: 422 for prices in another currency than the list's, or an end before the beginning.
        func values(after current: PriceList) throws -> PriceListStore.Values {
            let values = PriceListStore.Values(
                name: name ?? current.name, currency: current.currency, starts: starts ?? current.starts,
                ends: ends ?? current.ends, entries: entries)
            guard currencies.isSubset(of: [current.currency.description]) else {
                throw PriceListBody.invalid("/entries", "the list is in \(current.currency)")
            }
            try PriceListBody.checkTime(values.starts, values.ends)
            return values
        }
    }

    private struct EntryText {
        let variant: String
        let tiers: [PriceTier]
    }

    static func new(_ request: RequestContext) throws -> PriceListStore.Values {
        var currencies: Set<String> = []
        let (name, currency, starts, ends, texts) = try request.json { body in
            let name = body.parsed("name", length: 1...120, placeholder: "") { Self.name($0) }
            let currency = body.parsed("currency", length: 3...3, placeholder: Currency.inr) { Currency($0) }
            let starts = body.optionalParsed("starts", length: 20...32) { Timestamp(rfc3339: $0) }
            let ends = body.optionalParsed("ends", length: 20...32) { Timestamp(rfc3339: $0) }
            let texts = body.array("entries", count: 1...PriceList.entriesMax) { Self.entry(&$0, &currencies) }
            return (name, currency, starts, ends, texts)
        }
        guard currencies.isSubset(of: [currency.description]) else {
            throw invalid("/entries", "the list is in \(currency)")
        }
        try checkTime(starts, ends)
        return PriceListStore.Values(
            name: name, currency: currency, starts: starts, ends: ends, entries: try entries(texts))
    }

    static func change(_ request: RequestContext) throws -> Change {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        var currencies: Set<String> = []
        let (text, version, name, starts, ends, texts) = try request.json { body in
            let id = body.string("id", length: 1...64)
            let version = body.expectedVersion(ifMatch: ifMatch)
            let name = body.optionalParsed("name", length: 1...120) { Self.name($0) }
            let starts: Timestamp?? =
                body.contains("starts")
                ? .some(body.optionalParsed("starts", length: 20...32) { Timestamp(rfc3339: $0) }) : nil
            let ends: Timestamp?? =
                body.contains("ends")
                ? .some(body.optionalParsed("ends", length: 20...32) { Timestamp(rfc3339: $0) }) : nil
            let texts = body.optionalArray("entries", count: 1...PriceList.entriesMax) { Self.entry(&$0, &currencies) }
            return (id, version, name, starts, ends, texts)
        }
        guard let id = PriceListID(text) else { throw Problem(.notFound) }
        return Change(
            id: id, expectedVersion: version, name: name, starts: starts, ends: ends,
            entries: try texts.map(entries), currencies: currencies)
    }

    private static func name(_ text: String) -> String? {
        let hasControl = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        return hasControl || text.allSatisfy(\.isWhitespace) ? nil : text
    }

    private static func entry(_ input: inout JSONInput, _ currencies: inout Set<String>) -> EntryText {
        let variant = input.string("variant_id", length: 1...64)
        let tiers = input.array("tiers", count: 1...PriceList.tiersMax) { tier in
            let quantity = tier.int("min_quantity", in: 1...Int(Quantity.range.upperBound))
            let price = tier.object("price") { money in
                (
                    amount: money.int("amount", in: ProductLimits.price),
                    currency: money.string("currency", length: 3...3)
                )
            }
            if !price.currency.isEmpty { currencies.insert(price.currency) }
            return PriceTier(minQuantity: quantity, price: Int64(price.amount))
        }
        for (tier, next) in zip(tiers, tiers.dropFirst())
        where tier.minQuantity >= next.minQuantity || tier.price <= next.price {
            input.fail("tiers", code: "not-falling", message: "quantities rise, prices fall")
            break
        }
        return EntryText(variant: variant, tiers: tiers)
    }

    private static func entries(_ texts: [EntryText]) throws -> [PriceList.Entry] {
        var seen: Set<VariantID> = []
        return try texts.enumerated().map { place, text in
            guard let variant = VariantID(text.variant) else {
                throw Problem(
                    .notFound,
                    errors: [.init(pointer: "/entries/\(place)/variant_id", code: "not-found", message: "unknown")])
            }
            guard seen.insert(variant).inserted else { throw invalid("/entries/\(place)/variant_id", "named before") }
            return PriceList.Entry(variant: variant, tiers: text.tiers)
        }
    }

    fileprivate static func checkTime(_ starts: Timestamp?, _ ends: Timestamp?) throws {
        if let starts, let ends, ends <= starts { throw invalid("/ends", "after the beginning") }
    }

    fileprivate static func invalid(_ pointer: String, _ message: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: pointer, code: "invalid", message: message)])
    }
}
