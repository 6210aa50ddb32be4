// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media

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
        [
            .required("id", .id(ImageID.self)), .required("url", .string(example: "/media/3f/a9/3fa9….jpg")),
            .required(
                "thumbnails",
                .object(
                    ProductImage.thumbnails.map {
                        .required($0.name, .string(example: "/media/3f/a9/3fa9…-\($0.side).jpg"))
                    }, isClosed: true)),
            .required("alt", Schema.string(example: "Front view").orNull),
            .required("width", .integer(1...Int.max, example: 1600)),
            .required("height", .integer(1...Int.max, example: 1200)),
            .required("sha256", .string(pattern: "^[0-9a-f]{64}$", example: String(repeating: "3f", count: 32))),
        ], isClosed: true
    ).named("ProductImage")
}
