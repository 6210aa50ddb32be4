// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// `POST /api/products/upload-image/`: keeps a picture, made anew, for the caller's seller; with `product_id` it becomes one of
/// that product's.
///
/// The file is durable before its row is written; a file whose row never came goes with the sweep.
/// - Errors: 404 for a product that is not the seller's; 413, 415; 422 for what cannot be decoded, for a thirteenth picture.
struct UploadImage: Sendable {
    let dependencies: ProductsDependencies

    private struct Input: Sendable {
        let file: FormPart
        let product: ProductID?
        let alt: String?
        /// Where it stands among the product's pictures, from 0; nil: behind them.
        let position: Int?
    }

    private struct Work: Sendable {
        let standing: SellerStanding
        let input: Input
        let picture: Picture
    }

    /// Before the picture is received. A key is answered as it was, whatever has become of the seller since.
    func admit(_ request: RequestContext, _ caller: Caller) async throws {
        let hasKey = request.headerBytes("Idempotency-Key") != nil
        _ = try await dependencies.seller(of: caller, mustBeActive: !hasKey)
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller) {
            try await prepared(request, caller)
        } _: { act, writing, work in
            // The product before its pictures, as everybody who writes products does.
            let product = try await product(work.input.product, of: work.standing.seller, isLocked: true, act.store)
            guard
                let image = try await act.store.keep(
                    work.picture, alt: work.input.alt, sent: work.input.file.digest, of: work.standing.seller)
            else { throw ProductStore.pictures.tooManyUnused }
            if let product { try await add(image, to: product, work, writing, act) }
            return image.picture.created { $0.field("alt", image.alt) }
        }
    }

    /// Everything that takes long, before a connection is held; what is refused anyway is not decoded.
    private func prepared(_ request: RequestContext, _ caller: Caller) async throws -> Work {
        let standing = try await dependencies.seller(of: caller, mustBeActive: true)
        let input = try Self.read(request)
        if let product = try await product(
            input.product, of: standing.seller, isLocked: false, dependencies.reads)
        {
            try Self.checkRoom(in: product)
        }
        // Before the work of decoding, and again where the row is written.
        let pictures = ProductStore.pictures
        if try await pictures.hasTooManyUnused(
            of: standing.seller.rawValue, except: input.file.digest, in: dependencies.pool.reads)
        {
            throw pictures.tooManyUnused
        }
        return Work(standing: standing, input: input, picture: try await dependencies.desk.publish(input.file))
    }

    private func product(
        _ id: ProductID?, of seller: SellerID, isLocked: Bool, _ store: ProductStore
    ) async throws -> OwnedProduct? {
        guard let id else { return nil }
        let found = isLocked ? try await store.lockedProduct(id, of: seller) : try await store.product(id, of: seller)
        guard let found else { throw Problem(.notFound) }
        guard found.listing != .archived else { throw ProductReview(found).illegal }
        return found
    }

    /// Among the pictures that the seller goes on editing; of a live product that is a revision like any other.
    private func add(
        _ image: ProductImage, to before: OwnedProduct, _ work: Work, _ writing: ProductWriting, _ act: ProductAct
    ) async throws {
        let pictures = before.proposal.fields.images
        // The same picture again stands where it stands.
        guard !ProductImage.ids(pictures).contains(image.id) else { return }
        try Self.checkRoom(in: before)
        let images = image.inserted(into: pictures, at: work.input.position)
        let edit = ProductEdit()
        let newIDs = dependencies.ids
        let change = try ProductChange(edit, to: before, images: images, newID: { newIDs.next() })
        var review = ProductReview(change.product)
        try review.propose(
            change.proposal, replacing: before, by: act.user, isTrusted: work.standing.isTrusted)
        _ = try await writing.update(change, review, from: before, act)
    }

    private static func checkRoom(in product: OwnedProduct) throws {
        let count = ProductStore.document(product.proposal.fields.images)?.elements?.count ?? 0
        guard count < ProductLimits.imagesMax else {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/product_id", code: "too-many",
                        message: "a product has at most \(ProductLimits.imagesMax) images")
                ])
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        var form = try PictureForm(request, fields: ["alt", "position", "product_id"])
        var (alt, position): (String?, Int?) = (nil, nil)
        if let text = form.text("alt") {
            alt = ProductFields.line(text, ProductImage.altLength)
            if alt == nil { form.fail("alt", "invalid", "1 to \(ProductImage.altLength.upperBound) characters") }
        }
        if let text = form.text("position") {
            position = Int(text).flatMap { (0..<ProductLimits.imagesMax).contains($0) ? $0 : nil }
            if position == nil { form.fail("position", "out-of-range", "0 to \(ProductLimits.imagesMax - 1)") }
        }
        let product = form.text("product_id")
        let file = try form.file()
        var id: ProductID?
        if let product {
            guard let read = ProductID(product) else { throw Problem(.notFound) }
            id = read
        }
        return Input(file: file, product: id, alt: alt, position: position)
    }
}
