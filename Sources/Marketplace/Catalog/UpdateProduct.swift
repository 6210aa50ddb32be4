// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/products/update/`: changes one version of a product.
///
/// Prices and terms of variants are live with the commit. Of a product that was approved, what is reviewed opens a revision, and
/// the approved one stays live; of a draft everything changes at once.
///
/// - Errors: 404 for what is not the seller's; 412 `version-conflict`; 409 `illegal-transition` for an archived product; 422.
struct UpdateProduct: Sendable {
    let dependencies: ProductsDependencies

    private struct Input: Sendable {
        let id: ProductID
        let expectedVersion: Int64
        let edit: ProductEdit
    }

    private struct Work: Sendable {
        let standing: SellerStanding
        let input: Input
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller, honoursIfMatch: true) {
            Work(
                standing: try await dependencies.seller(of: caller, mustBeActive: true), input: try Self.read(request))
        } _: { act, writing, work in
            let (input, standing) = (work.input, work.standing)
            guard let before = try await act.store.lockedProduct(input.id, of: standing.seller) else {
                throw Problem(.notFound)
            }
            try before.expect(version: input.expectedVersion)
            return try await writing.apply(input.edit, to: before, isTrusted: standing.isTrusted, act).response()
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        return try request.json { body in
            let text = body.string("id", length: 1...64)
            let expected = body.expectedVersion(ifMatch: ifMatch)
            if expected == nil {
                body.fail("expected_version", code: "required", message: "is required where If-Match is not sent")
            }
            let edit = try ProductEdit.read(&body, isNew: false)
            guard let id = ProductID(text) else { throw Problem(.notFound) }
            return Input(id: id, expectedVersion: expected ?? 0, edit: edit)
        }
    }
}

extension OwnedProduct {
    /// Refuses where another version is wanted.
    func expect(version: Int64?) throws {
        guard let version, version != self.version else { return }
        throw Problem.changedMeanwhile("product", version: self.version)
    }
}
