// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCrypto
import Postgres
import TestSupport
import Testing

/// Pictures that no product uses.
@Suite(.timeLimit(.minutes(2))) struct UnusedImageTests {
    @Test func aSellerHasSoManyAtMost() async throws {
        try await ProductsFixture.with { shop in
            try await shop.pool.execute(
                """
                insert into catalog.images (id, seller_id, sent_sha256, digest, kind, width, height, expires_at)
                select n, 11, sha256(n::text::bytea), sha256('x'), 'jpeg', 1, 1, now() + interval '1 hour'
                  from generate_series(1, 499) n
                """)
            #expect(try await shop.upload(ColouredPNG.file(1)).status == 201)
            let refused = try await shop.upload(ColouredPNG.file(2))
            #expect(refused.status == 422)
            #expect(try ProductsFixture.faults(refused) == ["/file": "too-many"])
            // It is not decoded, let alone kept.
            #expect(shop.folder.files.count == 4)
            // The same one again is none more, and others have their own room.
            #expect(try await shop.upload(ColouredPNG.file(1)).status == 201)
            #expect(try await shop.upload(ColouredPNG.file(2), as: shop.lata).status == 201)
            try await shop.pool.execute("update catalog.images set expires_at = null where id = 1")
            #expect(try await shop.upload(ColouredPNG.file(2)).status == 201)
        }
    }

    @Test func whatACategoryShowsStays() async throws {
        try await ProductsFixture.with { shop in
            var digests: [Digest256] = []
            for shade in UInt8(1)...2 {
                let answer = try await shop.upload(ColouredPNG.file(shade)).json
                let text = try #require(answer["sha256"]?.string)
                digests.append(try #require(Hex.decode(Array(text.utf8)).flatMap { Digest256($0) }))
                // Its thumbnail is a part of the same picture.
                let url = try #require(answer["thumbnails"]?["small"]?.string)
                if shade == 1 {
                    try await shop.pool.execute("update catalog.categories set image_url = $1 where id = 21", url)
                }
            }
            try await shop.pool.execute("update catalog.images set expires_at = now() - interval '1 second'")
            let store = ImageUpkeepStore(client: shop.pool)
            #expect(try await store.removeUnused() == 1)
            #expect(try await store.used(among: digests) == [digests[0]])
            // A file of which there is no row, such as another context's.
            try await shop.pool.execute("delete from catalog.images")
            #expect(try await store.used(among: digests) == [digests[0]])
            try await shop.pool.execute("update catalog.categories set image_url = 'https://example.org/a.png'")
            #expect(try await store.used(among: digests).isEmpty)
        }
    }
}
