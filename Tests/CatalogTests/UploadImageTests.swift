// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UploadImageTests {
    private func id(_ answer: TestClient.Answer) throws -> String {
        try #require(try answer.json["id"]?.string, "\(answer.text)")
    }

    private func images(_ shop: ProductsFixture, _ product: String) async throws -> [String] {
        let detail = try await shop.get("/api/sellers/products/detail/?id=\(product)").json
        return detail["images"]?.elements?.compactMap { $0["id"]?.string } ?? []
    }

    @Test func keepsAPictureMadeAnew() async throws {
        try await ProductsFixture.with { shop in
            let sent = ColouredPNG.file(1)
            let answer = try await shop.upload(sent, fields: ["alt": " Front view "])
            #expect(answer.status == 201, "\(answer.text)")
            let json = try answer.json
            #expect(json["width"]?.int == 24 && json["height"]?.int == 16 && json["alt"]?.string == "Front view")
            let digest = try #require(json["sha256"]?.string)
            #expect(json["url"]?.string == "/media/\(digest.prefix(2))/\(digest.dropFirst(2).prefix(2))/\(digest).jpg")
            #expect(json["thumbnails"]?["small"]?.string?.hasSuffix("\(digest)-160.jpg") == true)
            let files = shop.folder.files
            #expect(files.count == 4 && files.allSatisfy { $0.hasPrefix("media/") && $0.contains(digest) })
            let row = try await shop.text(
                "select kind || ' ' || (expires_at > now() + interval '23 hours') from catalog.images")
            #expect(row == "jpeg true")
        }
    }

    @Test func theSamePictureIsTheSameImage() async throws {
        try await ProductsFixture.with { shop in
            let first = try id(try await shop.upload(ColouredPNG.file(1)))
            let again = try await shop.upload(ColouredPNG.file(1), fields: ["alt": "Side"])
            #expect(try id(again) == first)
            #expect(try again.json["alt"]?.string == "Side")
            // Another seller's is another one, over the same file.
            let other = try id(try await shop.upload(ColouredPNG.file(1), as: shop.lata))
            #expect(other != first)
            #expect(shop.folder.files.count == 4)
            #expect(try await shop.text("select count(*)::text from catalog.images") == "2")
        }
    }

    @Test func becomesAPictureOfItsProduct() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let first = try id(try await shop.upload(ColouredPNG.file(1), fields: ["product_id": draft.id]))
            let second = try id(
                try await shop.upload(ColouredPNG.file(2), fields: ["product_id": draft.id, "position": "0"]))
            #expect(try await images(shop, draft.id) == [second, first])
            let again = try await shop.upload(ColouredPNG.file(1), fields: ["product_id": draft.id])
            #expect(again.status == 201)
            #expect(try await images(shop, draft.id) == [second, first])
            #expect(try await shop.text("select count(*)::text from catalog.images where expires_at is null") == "2")
            let answer = try await shop.update(draft.id, version: 3, #""image_ids":["\#(first)"]"#)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json["thumbnail_url"]?.string?.hasSuffix("-160.jpg") == true)
            // What nobody uses any more has an end again.
            #expect(try await shop.text("select count(*)::text from catalog.images where expires_at is null") == "1")
        }
    }

    @Test func ofALiveProductItWaits() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            let first = try id(try await shop.upload(ColouredPNG.file(1), fields: ["product_id": product.id]))
            #expect(try await images(shop, product.id).isEmpty)
            let diff = try await shop.get("/api/sellers/products/detail/?id=\(product.id)").json["revision"]?["diff"]
            #expect(diff?.elements?.map { $0["field"]?.string } == ["images"])
            #expect(try await shop.text("select (expires_at is null)::text from catalog.images") == "true")
            _ = try await shop.decide("approve", product.id, revision: 2)
            #expect(try await images(shop, product.id) == [first])
            // A picture that was proposed and refused has an end.
            _ = try await shop.upload(ColouredPNG.file(2), fields: ["product_id": product.id])
            _ = try await shop.decide("reject", product.id)
            #expect(try await shop.text("select count(*)::text from catalog.images where expires_at is null") == "1")
        }
    }

    @Test func attachesOnlyTheSellersOwn() async throws {
        try await ProductsFixture.with { shop in
            let own = try id(try await shop.upload(ColouredPNG.file(1)))
            let foreign = try id(try await shop.upload(ColouredPNG.file(2), as: shop.lata))
            let refused = try await shop.post(
                "/api/products/create/", ProductsFixture.body(extra: #","image_ids":["\#(own)","\#(foreign)"]"#))
            #expect(refused.status == 404)
            #expect(try ProductsFixture.faults(refused) == ["/image_ids/1": "not-found"])
            let made = try await shop.post(
                "/api/products/create/", ProductsFixture.body(extra: #","image_ids":["\#(own)"]"#))
            #expect(made.status == 201)
            #expect(try made.json["images"]?.elements?.map { $0["id"]?.string } == [own])
            let product = try await shop.draft(
                ProductsFixture.body(variants: [ProductsFixture.variant("L")]), as: shop.lata)
            let other = try await shop.upload(ColouredPNG.file(3), fields: ["product_id": product.id])
            #expect(other.status == 404 && other.code == "not-found")
        }
    }

    @Test func twelveAtOnceAndNoMore() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let answers = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for shade in 0..<16 {
                    group.addTask {
                        try await shop.upload(ColouredPNG.file(UInt8(shade * 10)), fields: ["product_id": draft.id])
                    }
                }
                return try await group.reduce(into: [TestClient.Answer]()) { $0.append($1) }
            }
            #expect(answers.map(\.status).filter { $0 == 201 }.count == 12)
            for answer in answers where answer.status != 201 {
                #expect(answer.status == 422)
                #expect(try ProductsFixture.faults(answer) == ["/product_id": "too-many"])
            }
            #expect(Set(try await images(shop, draft.id)).count == 12)
            #expect(try await shop.text("select count(*)::text from catalog.image_uses") == "12")
            #expect(try await shop.text("select count(*)::text from catalog.images") == "12")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let text = try await shop.upload(Array("<svg/>".utf8))
            #expect(text.status == 415 && text.code == "unsupported-media-type")
            let broken = try await shop.upload(Array(ColouredPNG.file(1).prefix(60)))
            #expect(broken.status == 422)
            #expect(try ProductsFixture.faults(broken) == ["/file": "image-unreadable"])
            for (fields, pointer) in [
                (["alt": "  "], "/alt"), (["position": "12"], "/position"), (["position": "first"], "/position"),
            ] {
                let answer = try await shop.upload(ColouredPNG.file(1), fields: fields)
                #expect(try ProductsFixture.faults(answer).keys.sorted() == [pointer])
            }
            let none = try await shop.post(form: Array("--part--\r\n".utf8))
            #expect(try ProductsFixture.faults(none) == ["/file": "required"])
            let unknown = try await shop.upload(ColouredPNG.file(1), fields: ["product_id": "prd_x"])
            #expect(unknown.status == 404)
            let suspended = try await shop.upload(ColouredPNG.file(1), as: shop.gopal)
            #expect(suspended.code == "seller-not-active")
            let draft = try await shop.draft()
            _ = try await shop.post("/api/products/archive/", #"{"id":"\#(draft.id)"}"#)
            let archived = try await shop.upload(ColouredPNG.file(1), fields: ["product_id": draft.id])
            #expect(archived.code == "illegal-transition")
            #expect(try await shop.text("select count(*)::text from catalog.images") == "0")
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in
            let first = try await shop.upload(ColouredPNG.file(1), key: "i")
            try shop.restart()
            let second = try await shop.upload(ColouredPNG.file(1), key: "i")
            #expect(first.status == 201 && second.isReplay && first.body == second.body)
            let other = try await shop.upload(ColouredPNG.file(2), key: "i")
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func whatIsNotUsedInTimeGoes() async throws {
        try await ProductsFixture.with { shop in
            let upkeep = ImageUpkeepStore(client: shop.pool)
            let unused = try await shop.upload(ColouredPNG.file(1))
            let used = try await shop.upload(ColouredPNG.file(2))
            _ = try await shop.post(
                "/api/products/create/", ProductsFixture.body(extra: #","image_ids":["\#(try id(used))"]"#))
            #expect(try await upkeep.removeUnused() == 0)
            _ = try await shop.pool.execute(
                "update catalog.images set expires_at = now() - interval '1 second' where expires_at is not null")
            #expect(try await upkeep.removeUnused() == 1)
            let late = try await shop.post(
                "/api/products/create/",
                ProductsFixture.body(
                    variants: [ProductsFixture.variant("L")], extra: #","image_ids":["\#(try id(unused))"]"#))
            #expect(late.status == 404)
            // The files that are left are those of what is used.
            let digests = try await shop.pool.query("select digest from catalog.images").map { try $0.bytes(0) }
            #expect(digests.count == 1)
        }
    }
}
