// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UpdateProfile {
    static let description = RouteDescription(
        tag: .accounts, summary: "Change the caller's profile",
        text: """
            An absent member is left as it is; `null` clears `phone` and `avatar_image_id`. With `If-Match` or \
            `expected_version` only that version is changed. An avatar is a picture that the caller has sent to \
            `/api/auth/profile/upload-avatar/`; what it replaces is gone after 24 hours, unless it is named again.
            """,
        parameters: [.ifMatch],
        body: .json(
            .object([
                .optional("full_name", UserSchema.fullName.orNull),
                .optional("phone", UserSchema.newPhone.orNull),
                .optional("locale", UserSchema.locale.orNull),
                .optional("avatar_image_id", Schema.id(ImageID.self).orNull.example(.null)),
                .optional("notification_preferences", UserSchema.preferences.orNull),
                .optional("expected_version", Schema.version.orNull),
            ]).named("ProfileChange")),
        answers: [.json(.ok, "The user as it is now.", UserSchema.user, headers: [.etag])],
        problems: [.notFound, .versionConflict])
}
