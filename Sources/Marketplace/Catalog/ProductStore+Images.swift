// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Media
import Postgres

extension ProductStore {
    /// Pictures of a seller, in the order of the ids, locked until the transaction ends.
    ///
    /// - Returns: those that exist, in the order asked for; fewer where one is not the seller's.
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

    /// Whether a seller has so many pictures that no product uses that another one has to wait.
    ///
    /// - Parameter sent: what may be sent again, since it is one of them.
    func hasTooManyUnused(of seller: SellerID, except sent: Digest256) async throws(PostgresError) -> Bool {
        let room = try await client.query(
            Self.roomQuery, seller.rawValue, sent.bytes, ProductLimits.unusedImagesMax)
        return try room.only().bool(0) == false
    }

    private static let roomQuery = PostgresSQL(text: "select \(hasRoom)")

    /// What `$1`, a seller, has room for: `$2`, the hash of what is sent, when `$3` unused ones are too many.
    private static let hasRoom = """
        (exists (select 1 from catalog.images where seller_id = $1 and sent_sha256 = $2)
         or (select count(*) from (select 1 from catalog.images
                                    where seller_id = $1 and expires_at is not null limit $3::int) unused) < $3::int)
        """

    /// Keeps an image that was sent, once for its seller however often it is sent; until it is used it has an end.
    ///
    /// - Returns: nil where the seller has no room for one more that is not used. Those that are sent at the same moment do not
    ///   see each other: the bound may be passed by as many as there are connections.
    func keep(
        _ image: ProductImage, sent: Digest256, of seller: SellerID
    ) async throws(PostgresError) -> ProductImage? {
        let row = try await client.first(
            Self.keepQuery, seller.rawValue, sent.bytes, ProductLimits.unusedImagesMax, image.id.rawValue,
            image.file.digest.bytes, image.file.kind.rawValue, image.width, image.height, image.alt,
            ProductImage.unusedHours)
        guard let row else { return nil }
        return try Self.image(row)
    }

    private static let keepQuery = PostgresSQL(
        text: """
            insert into catalog.images as i
              (id, seller_id, sent_sha256, digest, kind, width, height, alt, expires_at)
            select $4, $1, $2, $5, $6, $7, $8, $9, now() + make_interval(hours => $10::int) where \(hasRoom)
            on conflict (seller_id, sent_sha256) do update
              set alt = coalesce(excluded.alt, i.alt),
                  expires_at = case when i.expires_at is null then null else excluded.expires_at end
            returning id, digest, kind, width, height, alt
            """)

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
