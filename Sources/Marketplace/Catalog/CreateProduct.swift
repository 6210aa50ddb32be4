// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/products/create/`: a draft of the caller's seller, with its variants and their first units.
///
/// - Errors: 403 `seller-not-active`; 404 for a category or image that does not exist; 422 with every rule that is broken, a SKU
///   that the seller has already among them.
struct CreateProduct: Sendable {
    let dependencies: ProductsDependencies

    private struct Work: Sendable {
        let standing: SellerStanding
        let edit: ProductEdit
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller) {
            Work(
                standing: try await dependencies.seller(of: caller, mustBeActive: true),
                edit: try request.json { try ProductEdit.read(&$0, isNew: true) })
        } _: { act, writing, work in
            try await writing.create(work.edit, of: work.standing.seller, at: dependencies.clock.now(), act)
                .response(.created)
        }
    }
}
