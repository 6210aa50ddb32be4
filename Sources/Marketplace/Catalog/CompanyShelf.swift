// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
public import MarketHTTP

/// Shows products at the prices of the caller's company: for that caller, and never from or into what others are shown.
public struct CompanyShelf: Sendable {
    private let gate: Gate
    private let mayBuy: @Sendable (UserID, CompanyID) async throws -> Bool
    private let offers: CompanyOffers

    /// - Parameter mayBuy: whether a user may buy for a company, as committed now.
    public init(
        gate: Gate, mayBuy: @escaping @Sendable (UserID, CompanyID) async throws -> Bool, offers: CompanyOffers
    ) {
        self.gate = gate
        self.mayBuy = mayBuy
        self.offers = offers
    }

    /// The company of a request, which its caller may buy for.
    ///
    /// - Throws: 401 without a token, 404 for a company that is not the caller's.
    func company(_ text: String, of request: RequestContext) async throws -> CompanyID {
        let caller = try await gate.caller(of: request)
        guard let company = CompanyID(text), try await mayBuy(caller.user, company) else { throw Problem(.notFound) }
        return company
    }

    /// The product as the company buys it.
    func response(_ detail: ProductDetail, for company: CompanyID) async throws -> HTTPResponse {
        let offers = try await offers.offers(detail.variants.map(\.id), for: company)
        let variants = detail.variants.map { variant in
            offers[variant.id].map { variant.offered($0) } ?? variant
        }
        var product = detail.product
        if let cheapest = variants.min(by: { $0.price.minor < $1.price.minor }) {
            product.card.price = cheapest.price
            product.card.compareAtPrice = cheapest.compareAtPrice
            product.card.priceIsFrom = variants.contains { $0.price != cheapest.price }
        }
        return HTTPResponse(
            .ok, headers: [HTTPHeader("Cache-Control", "private, no-store")], body: product.json(variants: variants))
    }
}

extension Variant {
    /// The same at an offer's prices, with where they come from.
    fileprivate func offered(_ offer: Offer) -> Variant {
        var variant = self
        variant.price = Money(minor: offer.unitPrice(quantity: minQuantity), currency: price.currency)
        variant.compareAtPrice = compareAtPrice.flatMap { $0.minor >= variant.price.minor ? $0 : nil }
        let first = offer.agreed.first?.minQuantity ?? Int.max
        variant.tiers = (offer.tiers.filter { $0.minQuantity < first } + offer.agreed).map {
            PriceTier(minQuantity: $0.minQuantity, price: $0.price)
        }
        variant.priceSource = offer.agreed.isEmpty ? offer.priceSource(quantity: minQuantity) : .companyList
        return variant
    }
}
