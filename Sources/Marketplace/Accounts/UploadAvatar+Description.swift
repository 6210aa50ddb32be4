// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Pictures

extension UploadAvatar {
    static let description = RouteDescription(
        tag: .accounts, summary: "Send a picture of oneself",
        text: """
            JPEG, PNG or WebP of at most 8 MiB and 8,000 pixels a side, whatever its name says. It is made anew from its pixels, \
            with thumbnails; what a camera wrote into it is gone. The same picture again is the same image. It is shown once the \
            profile names it in `avatar_image_id`, within 24 hours; at most \(PictureUpload.unusedMax) may wait for that.
            """,
        body: .multipart(Picture.form), answers: [.json(.created, "The picture.", Picture.sent)],
        problems: [.validationFailed, .payloadTooLarge, .unsupportedMediaType, .overloaded])
}
