// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension CatalogMemory.Key {
    /// The key of a page: its route and its parameters in order of their names. Nil where one is repeated.
    init?(page request: RequestContext) {
        var pairs = request.query.pairs
        if pairs.count > 1 {
            pairs.sort { $0.name < $1.name }
            for (one, next) in zip(pairs, pairs.dropFirst()) where one.name == next.name { return nil }
        }
        var text = request.route.name
        for pair in pairs { text.appendField(pair.name, pair.value) }
        self = .page(text)
    }
}

extension CatalogMemory.Key {
    /// The key of a filter's facets, whatever page of it is asked for.
    init(facetsOf identity: [(name: String, value: String)]) {
        var text = "facets"
        for pair in identity.sorted(by: { ($0.name, $0.value) < ($1.name, $1.value) }) {
            text.appendField(pair.name, pair.value)
        }
        self = .page(text)
    }
}

extension CatalogAnswer.Shown {
    /// What a page of cards shows.
    init(pageOf cards: [ProductCard], followsAllStock: Bool = false) {
        self.init(variants: cards.flatMap(\.variants).sorted(), followsAllStock: followsAllStock)
    }
}

extension String {
    /// Appends a parameter so that no other list of parameters gives the same text: what people send holds any character.
    fileprivate mutating func appendField(_ name: String, _ value: String) {
        for part in [name, value] {
            append("&")
            append(String(part.utf8.count))
            append(":")
            append(part)
        }
    }
}
