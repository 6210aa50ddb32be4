// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Pictures

extension UploadLogo {
    static let description = RouteDescription(
        tag: .sellers, summary: "Send a logo",
        text: """
            JPEG, PNG or WebP of at most 8 MiB and 8,000 pixels a side, whatever its name says. It is made anew from its pixels, \
            with thumbnails. The same picture again is the same image. It is shown once the seller names it in `logo_image_id`, \
            within 24 hours; at most \(PictureUpload.unusedMax) may wait for that.
            """,
        body: .multipart(Picture.form), answers: [.json(.created, "The picture.", Picture.sent)],
        problems: [
            .notFound, .sellerNotActive, .validationFailed, .payloadTooLarge, .unsupportedMediaType, .overloaded,
        ])
}
