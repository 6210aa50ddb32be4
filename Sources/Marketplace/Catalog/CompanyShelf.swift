// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
public import MarketHTTP

/// Shows products at the prices of the caller's company: for that caller, and never from or into what others are shown.
public struct CompanyShelf: Sendable {
    /// The parameter that names a company.
    static let parameter = "company_id"

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
    private func company(_ text: String, of request: RequestContext) async throws -> CompanyID {
        let buyer = try await buyer(text, of: request)
        guard try await mayBuy(buyer.user, buyer.company) else { throw Problem(.notFound) }
        return buyer.company
    }

    /// Who asks for the prices of a company; whether they may is said with the prices.
    ///
    /// - Throws: 401 without a token, 404 for what is no company.
    fileprivate func buyer(_ text: String, of request: RequestContext) async throws -> CompanyBuyer {
        let caller = try await gate.caller(of: request)
        guard let company = CompanyID(text) else { throw Problem(.notFound) }
        return CompanyBuyer(user: caller.user, company: company, isNamed: true, offers: offers)
    }

    /// Who belongs to one company and names none; nil for everybody else.
    ///
    /// - Throws: 503 when the database cannot say who the caller is.
    fileprivate func soleBuyer(of request: RequestContext) async throws -> CompanyBuyer? {
        guard let caller = try await gate.knownCaller(of: request), let company = caller.company else { return nil }
        return CompanyBuyer(user: caller.user, company: company, isNamed: false, offers: offers)
    }

    /// The company at whose prices a product is shown: the one that is named, or the caller's only one; nil for everybody's.
    ///
    /// - Throws: as `company`.
    func company(of request: RequestContext) async throws -> CompanyID? {
        if let text = try CatalogQuery(request).text(Self.parameter) { return try await company(text, of: request) }
        guard let buyer = try await soleBuyer(of: request), try await mayBuy(buyer.user, buyer.company) else {
            return nil
        }
        return buyer.company
    }

    /// The product as the company buys it.
    func response(
        _ detail: ProductDetail, for company: CompanyID, to request: RequestContext
    ) async throws -> HTTPResponse {
        let offers = try await offers.offers(detail.variants.map(\.id), for: company)
        let variants = detail.variants.map { variant in
            offers[variant.id].map { variant.offered($0) } ?? variant
        }
        var product = detail.product
        if let cheapest = variants.min(by: { $0.price.minor < $1.price.minor }) {
            product.card.own = OwnPrice(
                price: cheapest.price, compareAtPrice: cheapest.compareAtPrice,
                isFrom: variants.contains { $0.price != cheapest.price }, source: cheapest.priceSource ?? .base)
        }
        return Self.response(product.json(variants: variants), to: request, tagPrefix: detail.tagPrefix)
    }

    /// What is for one buyer alone; 304 where that buyer has it already.
    static func response(_ body: [UInt8], to request: RequestContext, tagPrefix: String = "") -> HTTPResponse {
        HTTPResponse(.ok, headers: [HTTPHeader("Cache-Control", "private, no-store")], body: body)
            .tagged(for: request, prefix: tagPrefix)
    }
}

/// Somebody who wants to see what a company pays.
struct CompanyBuyer: Sendable {
    fileprivate let user: UserID
    fileprivate let company: CompanyID
    /// Whether the request names the company; else it is the buyer's only one.
    fileprivate let isNamed: Bool
    fileprivate let offers: CompanyOffers

    /// The cards at the company's prices; at everybody's for who has just left the only company that they were in.
    ///
    /// - Throws: 404 for a company that is named and not the buyer's.
    /// - Cost: one statement, whatever the cards.
    func priced(_ cards: [ProductCard]) async throws -> [ProductCard] {
        guard let prices = try await offers.ownPrices(of: cards, by: user, for: company) else {
            guard isNamed else { return cards }
            throw Problem(.notFound)
        }
        return cards.map { card in
            var card = card
            card.own = prices[card.id]
            return card
        }
    }
}

extension CompanyShelf? {
    /// Who is shown a company's prices; nil where a request names no company and its caller does not belong to exactly one.
    ///
    /// - Throws: 400 for two companies, 401 without a token, 404 for what is no company.
    func buyer(of request: RequestContext) async throws -> CompanyBuyer? {
        guard let text = try CatalogQuery(request).text(CompanyShelf.parameter) else {
            return try await self?.soleBuyer(of: request)
        }
        guard let shelf = self else { throw Problem(.notFound) }
        return try await shelf.buyer(text, of: request)
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
