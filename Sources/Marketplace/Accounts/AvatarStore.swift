// SPDX-License-Identifier: Apache-2.0
import MarketCore
public import Pictures
public import Postgres

/// The SQL of the pictures that users show of themselves.
enum AvatarStore {
    /// What users have sent.
    static let pictures = PictureStore(table: "accounts.images", owner: "user_id", unusedMax: PictureUpload.unusedMax)

    /// Puts a picture, or none, in the place of the one that a user shows; the user's row is locked first and written by the caller.
    ///
    /// - Returns: false for a picture that is not the user's.
    static func show(
        _ picture: ImageID?, of user: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        let row = try await transaction.first(
            "select avatar_image_id from accounts.users where id = $1 order by id for no key update", user.rawValue)
        return try await pictures.use(
            picture, insteadOf: try row?.int64OrNil(0).map { ImageID(rawValue: $0) }, of: user.rawValue, in: transaction
        )
    }
}

/// What upkeep asks about the pictures of users.
public func accountsPictures(client: any PostgresClient) -> PictureUpkeep {
    PictureUpkeep(AvatarStore.pictures, client: client)
}
