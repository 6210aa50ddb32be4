// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// One transition of a product, as its history keeps it.
struct ProductMove: Sendable, Equatable {
    let event: String
    /// The event's name in the outbox.
    let announcedAs: String
    let fromListing: ProductListing
    let toListing: ProductListing
    let fromModeration: ProductModeration
    let toModeration: ProductModeration
    let revision: Int?
    /// nil: the server.
    let actor: UserID?
    let reasonCode: String?
    let note: String?
}

/// What happens to the revisions of a product.
enum RevisionChange: Sendable, Equatable {
    case opened(number: Int, ProductProposal, by: UserID)
    case closed(number: Int, as: RevisionEnd, by: UserID?, reasonCode: String?, note: String?)
}

/// How a revision ends.
enum RevisionEnd: String, Sendable {
    case approved, rejected, superseded, withdrawn
}

/// Takes a product through its review and on and off the shelf: pure, and remembers what is to be written.
struct ProductReview: Sendable {
    private(set) var product: OwnedProduct
    private(set) var moves: [ProductMove] = []
    private(set) var revisions: [RevisionChange] = []

    /// Begins with a product as it is stored, or as an edit has left it.
    init(_ product: OwnedProduct) {
        self.product = product
    }

    // MARK: The seller

    /// Hands the product in; what a trusted seller hands in is approved at once.
    mutating func submit(by user: UserID, isTrusted: Bool) throws {
        let before = product
        try step(.submit, by: .seller)
        open(ProductProposal(product.fields), by: user)
        note("submit", "product.submitted", from: before, actor: user)
        if isTrusted { try approve(by: nil, note: nil) }
    }

    /// What is proposed has been changed by an edit.
    ///
    /// - Parameter old: the product before the edit.
    mutating func propose(
        _ proposal: ProductProposal, replacing old: OwnedProduct, by user: UserID, isTrusted: Bool
    ) throws {
        // A draft is nobody's business yet.
        guard product.moderation.isLive || product.moderation.isPending else { return }
        // Variants that a revision would put up for sale are judged with it: who has seen others decides about others.
        let isOther = old.open != nil && product.judgedVariants != old.judgedVariants
        guard proposal != old.proposal || isOther else { return }
        let before = product
        if product.moderation.isLive, proposal == ProductProposal(product.fields) {
            try step(.withdraw, by: .seller)
            close(.withdrawn, by: user)
            return note("withdraw", "product.withdrawn", from: before, actor: user)
        }
        try step(.revise, by: .seller)
        close(.superseded, by: user)
        open(proposal, by: user)
        note("revise", "product.submitted", from: before, actor: user)
        if isTrusted { try approve(by: nil, note: nil) }
    }

    /// Takes the product off the shelf, puts it back, or away for good.
    mutating func list(_ event: ProductListingEvent, by user: UserID) throws {
        let before = product
        guard case .moved(let next) = ProductListing.machine.step(from: product.listing, event, by: .seller) else {
            throw illegal
        }
        product.listing = next
        if next == .archived { close(.withdrawn, by: user) }
        let names: [ProductListingEvent: String] = [.unlist: "unlisted", .relist: "relisted", .archive: "archived"]
        note(event.rawValue, "product.\(names[event] ?? event.rawValue)", from: before, actor: user)
    }

    // MARK: Who judges

    /// Makes the open revision what buyers see.
    ///
    /// - Parameter admin: nil for the server, which approves what trusted sellers hand in.
    mutating func approve(by admin: UserID?, note text: String?) throws {
        guard product.listing != .archived, let revision = product.open else { throw illegal }
        let before = product
        try step(.approve, by: admin == nil ? .system : .admin)
        product.fields = revision.proposal.fields
        for place in product.variants.indices {
            if let options = revision.proposal.variantOptions[product.variants[place].id] {
                product.variants[place].options = options
            }
        }
        product.activateFitting()
        product.setDefault(nil)
        product.moderationReason = nil
        // The first approval puts it on the shelf; off the shelf it stays where it is.
        if case .moved(let next) = ProductListing.machine.step(
            from: product.listing, .publish, by: admin == nil ? .system : .admin)
        {
            product.listing = next
        }
        close(.approved, by: admin, note: text)
        note("approve", "product.approved", from: before, actor: admin, text: text)
    }

    /// Refuses the open revision; what was approved before stays live.
    mutating func reject(by admin: UserID, reasonCode: String, note text: String) throws {
        guard product.listing != .archived, product.open != nil else { throw illegal }
        let before = product
        try step(.reject, by: .admin)
        product.moderationReason = text
        close(.rejected, by: admin, reasonCode: reasonCode, note: text)
        note("reject", "product.rejected", from: before, actor: admin, reasonCode: reasonCode, text: text)
    }

    /// Takes the product away for good, whatever its seller wants.
    mutating func archive(by admin: UserID, reasonCode: String, note text: String) throws {
        let before = product
        guard case .moved(let next) = ProductListing.machine.step(from: product.listing, .archive, by: .admin) else {
            throw illegal
        }
        product.listing = next
        close(.withdrawn, by: admin, reasonCode: reasonCode, note: text)
        note("archive", "product.archived", from: before, actor: admin, reasonCode: reasonCode, text: text)
    }

    // MARK: Steps

    /// 409 with where the product is and where it can go.
    var illegal: Problem {
        let isArchived = product.listing == .archived
        let next =
            isArchived
            ? []
            : ProductModeration.machine.allowed(from: product.moderation).map(\.rawValue)
                + ProductListing.machine.allowed(from: product.listing).map(\.rawValue)
        let from = isArchived || product.listing == .unlisted ? product.listing.rawValue : product.moderation.rawValue
        return Problem(
            .illegalTransition, members: [("from", .string(from)), ("allowed", .strings(next))])
    }

    private mutating func step(_ event: ProductModerationEvent, by party: Parties) throws {
        guard product.listing != .archived,
            case .moved(let next) = ProductModeration.machine.step(from: product.moderation, event, by: party)
        else { throw illegal }
        product.moderation = next
    }

    private mutating func open(_ proposal: ProductProposal, by user: UserID) {
        product.revision += 1
        product.open = OpenRevision(number: product.revision, proposal: proposal, submittedAt: product.updatedAt)
        revisions.append(.opened(number: product.revision, proposal, by: user))
    }

    private mutating func close(
        _ end: RevisionEnd, by user: UserID?, reasonCode: String? = nil, note: String? = nil
    ) {
        guard let open = product.open else { return }
        revisions.append(.closed(number: open.number, as: end, by: user, reasonCode: reasonCode, note: note))
        product.open = nil
    }

    private mutating func note(
        _ event: String, _ name: String, from before: OwnedProduct, actor: UserID?, reasonCode: String? = nil,
        text: String? = nil
    ) {
        moves.append(
            ProductMove(
                event: event, announcedAs: name, fromListing: before.listing, toListing: product.listing,
                fromModeration: before.moderation, toModeration: product.moderation,
                revision: product.revision > 0 ? product.revision : nil, actor: actor, reasonCode: reasonCode,
                note: text))
    }
}
