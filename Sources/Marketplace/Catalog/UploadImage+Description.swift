// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

extension UploadImage {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Send a picture of a product",
        text: """
            JPEG, PNG or WebP of at most 8 MiB and 8,000 pixels a side, whatever its name says. It is made anew from its pixels, \
            with thumbnails; what a camera wrote into it is gone. The same picture again is the same image. With `product_id` it \
            becomes one of the product's, of which there are at most 12; otherwise name it in `image_ids` within 24 hours. \
            At most \(ProductLimits.unusedImagesMax) of a seller may wait for that.
            """,
        body: .multipart(
            .object([
                .required("file", Schema.string(format: "binary", example: "octets")),
                .optional("product_id", .id(ProductID.self)),
                .optional("alt", .string(length: ProductImage.altLength, example: "Front view")),
                .optional(
                    "position",
                    .integer(0...ProductLimits.imagesMax - 1, example: 0).says("Behind the others unless given.")),
            ])),
        answers: [.json(.created, "The picture.", image)],
        problems: [
            .sellerNotActive, .notFound, .illegalTransition, .validationFailed, .payloadTooLarge, .unsupportedMediaType,
            .overloaded,
        ])

    private static let image = Schema.object(
        Picture.members + [.required("alt", Schema.string(example: "Front view").orNull), Picture.sha256],
        isClosed: true
    ).named("ProductImage")
}
