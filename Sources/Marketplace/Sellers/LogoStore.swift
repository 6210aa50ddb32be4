// SPDX-License-Identifier: Apache-2.0
public import Pictures
public import Postgres

/// The SQL of the pictures that sellers have sent of themselves.
enum LogoStore {
    static let pictures = PictureStore(
        table: "sellers.images", owner: "seller_id", unusedMax: PictureUpload.unusedMax)
}

/// What upkeep asks about the pictures of sellers.
public func sellersPictures(client: any PostgresClient) -> PictureUpkeep {
    PictureUpkeep(LogoStore.pictures, client: client)
}
