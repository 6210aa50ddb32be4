// SPDX-License-Identifier: Apache-2.0

/// Whether a product stands on the shelf, apart from what its review says.
public enum ProductListing: String, Hashable, Sendable, CaseIterable {
    /// Never approved so far.
    case draft
    /// For sale, where its review allows it.
    case active
    /// Taken off by its seller, for now.
    case unlisted
    /// Gone for good; orders keep what they bought.
    case archived
}

/// What can happen to a product on the shelf.
public enum ProductListingEvent: String, Hashable, Sendable, CaseIterable {
    /// The first approval.
    case publish
    case unlist, relist, archive
}

extension ProductListing {
    /// The life of a product on the shelf.
    public static let machine = StateMachine<ProductListing, ProductListingEvent>([
        move(.publish, from: [.draft], to: .active, by: [.admin, .system]),
        move(.unlist, from: [.active], to: .unlisted, by: [.seller]),
        move(.relist, from: [.unlisted], to: .active, by: [.seller]),
        move(.archive, from: [.draft, .active, .unlisted], to: .archived, by: [.seller, .admin]),
    ])

    private static func move(
        _ event: ProductListingEvent, from: [ProductListing], to: ProductListing, by: Parties
    ) -> [Transition<ProductListing, ProductListingEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}
