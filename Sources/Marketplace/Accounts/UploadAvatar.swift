// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// `POST /api/auth/profile/upload-avatar/`: keeps a picture, made anew, that the caller may then show: it is the avatar once
/// ``UpdateProfile`` names it.
///
/// - Errors: as ``PictureUpload``.
struct UploadAvatar: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let upload = PictureUpload(
            desk: dependencies.pictures, store: AvatarStore.pictures, transactions: dependencies.transactions,
            reads: dependencies.pool.reads)
        return try await upload.answer(request, caller) { caller.user.rawValue }
    }
}
