// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// The orders in which products are listed. Each is total: ties are broken by the id.
enum ProductSort: String, CaseIterable, Sendable {
    /// Newest first; the default.
    case newest
    /// Cheapest first.
    case price
    /// Dearest first.
    case priceDescending = "-price"
    /// Best rated first.
    case rating
    /// Most sold first.
    case popular

    /// The column, its direction, and how what follows compares.
    var order: (key: String, direction: String, comparison: String) {
        switch self {
        case .newest: ("created_at", "desc", "<")
        case .price: ("price_min_minor", "asc", ">")
        case .priceDescending: ("price_min_minor", "desc", "<")
        case .rating: ("rating_centi", "desc", "<")
        case .popular: ("sold_count", "desc", "<")
        }
    }

    /// The place of a card in this order.
    func cursor(of card: ProductCard) -> PageCursor {
        let key =
            switch self {
            case .newest: card.createdAt.microseconds
            case .price, .priceDescending: card.price.minor
            case .rating: Int64(card.rating.centi)
            case .popular: card.soldCount
            }
        return PageCursor([.number(key), .number(card.id.rawValue)])
    }
}
