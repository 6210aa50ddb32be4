// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CompanyShelf {
    /// What pages say of prices.
    static let text = """
        Prices are everybody's. With the token of somebody who belongs to exactly one company and may buy for it, or with `company_id` \
        of one for which the caller may buy, they are what the company pays for the least quantity of each product's cheapest \
        variant, and `price_source` says where they come from; such a page is nobody else's. \
        Everybody's price still decides what is found and in which order.
        """
}

extension RouteParameter {
    /// Whose prices are shown.
    static let company = query(CompanyShelf.parameter, "A company that the caller buys for.", .id(CompanyID.self))
}
