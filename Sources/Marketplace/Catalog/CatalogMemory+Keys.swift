// SPDX-License-Identifier: Apache-2.0
import HTTP

extension CatalogMemory.Key {
    /// The key of a page: its route and its parameters in order of their names. Nil where one is repeated.
    init?(page request: RequestContext) {
        var pairs = request.query.pairs
        if pairs.count > 1 {
            pairs.sort { $0.name < $1.name }
            for (one, next) in zip(pairs, pairs.dropFirst()) where one.name == next.name { return nil }
        }
        var text = request.route.name
        for pair in pairs {
            text += "&"
            text += pair.name
            text += "="
            text += pair.value
        }
        self = .page(text)
    }
}

extension CatalogAnswer.Shown {
    /// What a page of cards shows.
    init(pageOf cards: [ProductCard]) {
        self.init(variants: cards.flatMap(\.variants).sorted())
    }
}
