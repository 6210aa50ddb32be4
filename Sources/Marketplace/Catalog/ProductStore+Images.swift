// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Media
import Postgres

extension ProductStore {
    /// Pictures of a seller, in the order of the ids, locked until the transaction ends.
    ///
    /// - Returns: those that exist; fewer than asked for where one is not the seller's.
    func lockedImages(_ ids: [ImageID], of seller: SellerID) async throws(PostgresError) -> [ProductImage] {
        let rows = try await client.query(
            """
            select id, digest, kind, width, height, alt from catalog.images
             where id = any($1) and seller_id = $2
             order by id for no key update
            """, ids.map(\.rawValue), seller.rawValue)
        var images: [ImageID: ProductImage] = [:]
        for row in rows {
            let image = try Self.image(row)
            images[image.id] = image
        }
        return ids.compactMap { images[$0] }
    }

    /// The pictures of a list as buyers get them, canonical; nil where none is given.
    ///
    /// - Throws: `Problem` 404 for one that is not the seller's.
    func images(_ ids: [ImageID]?, of seller: SellerID) async throws -> [UInt8]? {
        guard let ids else { return nil }
        let images = try await lockedImages(ids, of: seller)
        if let missing = ids.firstIndex(where: { id in !images.contains { $0.id == id } }) {
            throw ProductEdit.unknown("/image_ids/\(missing)", "there is no such image")
        }
        return ProductImage.json(images)
    }

    /// Keeps an image that was sent, once for its seller however often it is sent; until it is used it has an end.
    func keep(
        _ image: ProductImage, sent: Digest256, of seller: SellerID
    ) async throws(PostgresError) -> ProductImage {
        let row = try await client.query(
            """
            insert into catalog.images as i
              (id, seller_id, sent_sha256, digest, kind, width, height, alt, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(hours => $9::int))
            on conflict (seller_id, sent_sha256) do update
              set alt = coalesce(excluded.alt, i.alt),
                  expires_at = case when i.expires_at is null then null else excluded.expires_at end
            returning id, digest, kind, width, height, alt
            """, image.id.rawValue, seller.rawValue, sent.bytes, image.file.digest.bytes, image.file.kind.rawValue,
            image.width, image.height, image.alt, ProductImage.unusedHours
        ).only()
        return try Self.image(row)
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
            """, removed.map(\.rawValue), ProductImage.unusedHours)
    }

    private static func image(_ row: PostgresRow) throws(PostgresError) -> ProductImage {
        guard let digest = Digest256(try row.bytes(1)), let kind = MediaKind(rawValue: try row.string(2)) else {
            throw malformed("image")
        }
        return ProductImage(
            id: ImageID(rawValue: try row.int64(0)), file: PublicFile(digest: digest, kind: kind),
            width: try row.int(3), height: try row.int(4), alt: try row.stringOrNil(5))
    }
}
