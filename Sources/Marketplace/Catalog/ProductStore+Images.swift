// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Pictures
import Postgres

extension ProductStore {
    /// The table of pictures; one whose file a category shows stays.
    static let pictures = PictureStore(
        table: "catalog.images", owner: "seller_id", unusedMax: ProductLimits.unusedImagesMax,
        exception: """
            exists (select 1 from catalog.categories c
                     where c.image_url like '/media/%' and strpos(c.image_url, encode(i.digest, 'hex')) > 0)
            """)

    /// Pictures of a seller, in the order of the ids, locked until the transaction ends.
    ///
    /// - Returns: those that exist, in the order asked for; fewer where one is not the seller's.
    func lockedImages(_ ids: [ImageID], of seller: SellerID) async throws(PostgresError) -> [ProductImage] {
        let rows = try await client.query(Self.lockQuery, ids.map(\.rawValue), seller.rawValue)
        var images: [ImageID: ProductImage] = [:]
        for row in rows {
            if let image = try Self.image(row) { images[image.id] = image }
        }
        return ids.compactMap { images[$0] }
    }

    private static let lockQuery = PostgresSQL(
        text: """
            select \(PictureStore.columns(of: "i")), i.alt from catalog.images i
             where i.id = any($1) and i.seller_id = $2
             order by i.id for no key update
            """)

    /// The pictures of a list as buyers get them, canonical; nil where none is given.
    ///
    /// - Parameter before: those that the product uses: they are locked in one go with the new ones, so that two products that
    ///   swap theirs meet in one order.
    /// - Throws: `Problem` 404 for one that is not the seller's.
    func images(_ ids: [ImageID]?, insteadOf before: Set<ImageID>, of seller: SellerID) async throws -> [UInt8]? {
        guard let ids else { return nil }
        let locked = try await lockedImages(Array(before.union(ids)), of: seller)
        let known = Dictionary(locked.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let images = ids.compactMap { known[$0] }
        if let missing = ids.firstIndex(where: { id in !images.contains { $0.id == id } }) {
            throw ProductEdit.unknown("/image_ids/\(missing)", "there is no such image")
        }
        return ProductImage.json(images)
    }

    /// Keeps a picture that was sent, with what it says to those who do not see it: the last that was said of it.
    ///
    /// - Returns: nil where the seller has no room for one more that is not used.
    func keep(
        _ picture: Picture, alt: String?, sent: Digest256, of seller: SellerID
    ) async throws(PostgresError) -> ProductImage? {
        guard let kept = try await Self.pictures.keep(picture, sent: sent, of: seller.rawValue, in: client) else {
            return nil
        }
        if let alt {
            _ = try await client.execute(
                "update catalog.images set alt = $2 where id = $1", kept.id.rawValue, alt)
            return ProductImage(picture: kept, alt: alt)
        }
        let row = try await client.query("select alt from catalog.images where id = $1", kept.id.rawValue).only()
        return ProductImage(picture: kept, alt: try row.stringOrNil(0))
    }

    /// Writes down which pictures a product uses; those that nobody uses any more have an end.
    func use(
        _ now: Set<ImageID>, insteadOf before: Set<ImageID>, of product: ProductID
    ) async throws(PostgresError) {
        let (added, removed) = (now.subtracting(before), before.subtracting(now))
        guard !added.isEmpty || !removed.isEmpty else { return }
        _ = try await client.query(
            "select 1 from catalog.images where id = any($1) order by id for no key update",
            added.union(removed).map(\.rawValue).sorted())
        _ = try await client.execute(
            """
            insert into catalog.image_uses (product_id, image_id)
            select $1, id from unnest($2::bigint[]) u(id) order by id on conflict do nothing
            """, product.rawValue, added.map(\.rawValue))
        _ = try await client.execute(
            "update catalog.images set expires_at = null where id = any($1)", added.map(\.rawValue))
        _ = try await client.execute(
            "delete from catalog.image_uses where product_id = $1 and image_id = any($2)", product.rawValue,
            removed.map(\.rawValue))
        _ = try await client.execute(
            """
            update catalog.images i set expires_at = now() + make_interval(hours => $2::int)
             where i.id = any($1) and not exists (select 1 from catalog.image_uses u where u.image_id = i.id)
            """, removed.map(\.rawValue), PictureStore.unusedHours)
    }

    private static func image(_ row: PostgresRow) throws(PostgresError) -> ProductImage? {
        guard let picture = try PictureStore.picture(row, at: 0) else { return nil }
        return ProductImage(picture: picture, alt: try row.stringOrNil(PictureStore.columnCount))
    }
}
