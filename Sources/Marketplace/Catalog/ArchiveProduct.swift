// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/products/archive/`: takes a product away for good, whosever it is, with a reason; orders keep what they bought.
/// Repeating it changes nothing.
///
/// - Errors: 404; 422 for wrong fields.
struct ArchiveProduct: Sendable {
    let dependencies: ProductsDependencies

    private struct Input: Sendable {
        let id: ProductID
        let reason: String
        let note: String
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller) {
            try Self.read(request)
        } _: { act, writing, input in
            guard let product = try await act.store.lockedProduct(input.id) else { throw Problem(.notFound) }
            if product.listing == .archived { return product.response() }
            var review = ProductReview(product)
            try review.archive(by: act.user, reasonCode: input.reason, note: input.note)
            return try await writing.save(review, from: product, act).response()
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body -> Input in
            let text = body.string("id", length: 1...64)
            let reason = body.reasonCode()
            let note = body.parsed("note", length: 1...ProductDecision.noteLength.upperBound, placeholder: "") {
                ProductFields.paragraphs($0, ProductDecision.noteLength)
            }
            guard let id = ProductID(text) else { throw Problem(.notFound) }
            return Input(id: id, reason: reason, note: note)
        }
    }
}
