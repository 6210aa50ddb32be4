// SPDX-License-Identifier: Apache-2.0
import HTTP

extension OrderBook {
    typealias ProductChange = (product: ShownProduct, events: [EventDraft])

    /// How long the provider looks at a product, in seconds.
    private static let reviewSeconds: Int64 = 3600

    func product(_ id: String, of accountID: String) throws(ProviderError) -> ShownProduct {
        let account = try account(accountID)
        guard let product = account.products[id] else { throw .unknownID }
        return ShownProduct(product: product, hasStakeholder: account.stakeholders.count > 0)
    }

    mutating func requestProduct(of accountID: String, _ fields: RequestFields) throws(ProviderError) -> ShownProduct {
        var account = try openAccount(accountID)
        try fields.allow(only: ["product_name", "tnc_accepted", "ip"])
        let name = try RequestFields.required("product_name", fields.text("product_name", max: 64))
        guard name == "route" else { throw .invalid("product_name", "The product_name must be route.") }
        guard account.products.count == 0 else {
            throw .refused("The product is already requested for the account.")
        }
        let product = ProviderProduct(
            id: ids.make("acc_prd_"), accountID: accountID, name: name, requestedAt: now,
            hasAcceptedTerms: try fields.flag("tnc_accepted") ?? false)
        account.products[product.id] = product
        accounts[accountID] = account
        return ShownProduct(product: product, hasStakeholder: account.stakeholders.count > 0)
    }

    /// Bank data and terms; with all that is needed the provider begins to look at it.
    mutating func editProduct(
        _ id: String, of accountID: String, _ fields: RequestFields
    ) throws(ProviderError) -> ProductChange {
        let account = try openAccount(accountID)
        var product = try product(id, of: accountID).product
        try fields.allow(only: ["settlements", "tnc_accepted", "ip"])
        if let bank = try fields.fields("settlements") {
            try bank.allow(only: ProviderProduct.settlementFields.map(\.description))
            for name in ProviderProduct.settlementFields {
                if let text = try bank.text(name, max: 120) { product.bank[name.description] = text }
            }
        }
        if try fields.flag("tnc_accepted") == true { product.hasAcceptedTerms = true }
        guard product.missing(hasStakeholder: account.stakeholders.count > 0).isEmpty,
            product.status == .requested || product.status == .needsClarification
        else { return keep(product, account, nil) }
        product.status = .underReview
        later(.productReview(account: accountID, product: id), in: Self.reviewSeconds)
        return keep(product, account, .productUnderReview)
    }

    /// The provider decides.
    mutating func decideProduct(
        _ id: String, _ status: ProviderProduct.Status
    ) throws(ProviderError) -> ProductChange {
        guard let account = accounts.newestFirst.first(where: { $0.products[id] != nil }),
            let product = account.products[id]
        else { throw .unknownID }
        guard status != .requested, status != product.status else {
            throw .refused("The product is \(product.status.rawValue) already.")
        }
        return decide(product, account, status)
    }

    /// The time of a review has come; what was decided by hand stays as it is.
    mutating func reviewProduct(_ id: String, of accountID: String) -> [EventDraft] {
        guard let account = accounts[accountID], account.status != .suspended, let product = account.products[id],
            product.status == .underReview
        else { return [] }
        return decide(product, account, .activated).events
    }

    private mutating func decide(
        _ product: ProviderProduct, _ account: ProviderAccount, _ status: ProviderProduct.Status
    ) -> ProductChange {
        var product = product
        var account = account
        product.status = status
        if account.status != .suspended { account.status = status == .activated ? .activated : .created }
        if status == .activated, account.activatedAt == nil { account.activatedAt = now }
        let name: EventDraft.Name? =
            switch status {
            case .underReview: .productUnderReview
            case .needsClarification: .productNeedsClarification
            case .activated: .productActivated
            case .requested, .suspended: nil
            }
        return keep(product, account, name)
    }

    private mutating func keep(
        _ product: ProviderProduct, _ account: ProviderAccount, _ name: EventDraft.Name?
    ) -> ProductChange {
        var account = account
        account.products[product.id] = product
        accounts[account.id] = account
        let shown = ShownProduct(product: product, hasStakeholder: account.stakeholders.count > 0)
        guard let name else { return (shown, []) }
        var draft = EventDraft(name, shown)
        draft.accountID = account.id
        return (shown, [draft])
    }
}
