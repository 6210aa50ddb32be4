// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What a seller does with a whole product: hand it in, take it off the shelf, put it back, put it away.
///
/// - Errors: 404 for what is not the seller's; 409 `illegal-transition`; 412 `version-conflict`; 403 `seller-not-active` for
///   handing in and putting back. Who repeats a move finds the product as it is: 200, and nothing happens.
struct MoveProduct: Sendable {
    /// What is done.
    enum Move: Sendable {
        case submit
        case list(ProductListingEvent)

        /// Whether it puts something up for sale.
        var mustBeActive: Bool {
            switch self {
            case .submit, .list(.relist): true
            case .list: false
            }
        }

        /// Whether the product is already where it leads.
        func isDone(_ product: OwnedProduct) -> Bool {
            switch self {
            case .submit: product.moderation.isPending && product.listing != .archived
            case .list(.unlist): product.listing == .unlisted
            case .list(.archive): product.listing == .archived
            case .list(.relist), .list(.publish): product.listing == .active && product.moderation.isLive
            }
        }
    }

    let move: Move
    let dependencies: ProductsDependencies

    private struct Work: Sendable {
        let standing: SellerStanding
        let id: ProductID
        let expectedVersion: Int64?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller, honoursIfMatch: true) {
            try await prepared(request, caller)
        } _: { act, writing, work in
            guard let product = try await act.store.lockedProduct(work.id, of: work.standing.seller) else {
                throw Problem(.notFound)
            }
            try product.expect(version: work.expectedVersion)
            if move.isDone(product) { return product.response() }
            var review = ProductReview(product)
            switch move {
            case .submit: try review.submit(by: caller.user, isTrusted: work.standing.isTrusted)
            case .list(let event): try review.list(event, by: caller.user)
            }
            return try await writing.save(review, from: product, act).response()
        }
    }

    private func prepared(_ request: RequestContext, _ caller: Caller) async throws -> Work {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, expected) = try request.json { body in
            (body.string("id", length: 1...64), body.expectedVersion(ifMatch: ifMatch))
        }
        let standing = try await dependencies.seller(of: caller, mustBeActive: move.mustBeActive)
        guard let id = ProductID(text) else { throw Problem(.notFound) }
        return Work(standing: standing, id: id, expectedVersion: expected)
    }
}
