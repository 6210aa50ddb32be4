// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What kind of things a commission rule is for, as the API and the database call it.
enum CommissionScopeType: String, CaseIterable, Sendable {
    case global
    case category
    case seller
    case sellerCategory = "seller_category"
    case product
}

extension CommissionRule.Scope {
    var type: CommissionScopeType {
        switch self {
        case .global: .global
        case .category: .category
        case .seller: .seller
        case .sellerCategory: .sellerCategory
        case .product: .product
        }
    }

    var category: CategoryID? {
        switch self {
        case .category(let category), .sellerCategory(_, let category): category
        case .global, .seller, .product: nil
        }
    }

    var seller: SellerID? {
        switch self {
        case .seller(let seller), .sellerCategory(let seller, _): seller
        case .global, .category, .product: nil
        }
    }

    var product: ProductID? {
        if case .product(let product) = self { return product }
        return nil
    }

    /// The scope of a type with what it names; nil where one is missing, or one too many is named.
    init?(_ type: CommissionScopeType, category: CategoryID?, seller: SellerID?, product: ProductID?) {
        switch (type, category, seller, product) {
        case (.global, nil, nil, nil): self = .global
        case (.category, let category?, nil, nil): self = .category(category)
        case (.seller, nil, let seller?, nil): self = .seller(seller)
        case (.sellerCategory, let category?, let seller?, nil): self = .sellerCategory(seller, category)
        case (.product, nil, nil, let product?): self = .product(product)
        default: return nil
        }
    }
}
