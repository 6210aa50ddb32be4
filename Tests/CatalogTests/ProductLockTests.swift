// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

/// What waits for what while products are written.
@Suite(.timeLimit(.minutes(2))) struct ProductLockTests {
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    /// Starts calls while a statement's locks are held and lets them go once one of the calls waits; gives their answers in the
    /// order in which they ended.
    private func answers(
        _ shop: ProductsFixture, holding sql: String, of calls: [@Sendable () async throws -> TestClient.Answer],
        whileWaiting look: @Sendable (PostgresTransaction) async throws -> Void = { _ in }
    ) async throws -> [TestClient.Answer] {
        try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
            try await shop.pool.withTransaction { holder in
                _ = try await holder.query(PostgresSQL(text: sql))
                for call in calls { group.addTask { try await call() } }
                try await shop.waitUntilBlocked()
                try await look(holder)
            }
            return try await group.reduce(into: [TestClient.Answer]()) { $0.append($1) }
        }
    }

    @Test func eachDecisionOfManyHasItsOwnCommit() async throws {
        try await ProductsFixture.with { shop in
            let first = try await shop.submitted()
            let second = try await shop.submitted(ProductsFixture.body(variants: [ProductsFixture.variant("S-2")]))
            let body = #"{"items":[{"id":"\#(first.id)","approved":true},{"id":"\#(second.id)","approved":true}]}"#
            let answers = try await answers(
                shop, holding: "select 1 from catalog.products where id = \(second.row) for update",
                of: [{ try await shop.post("/api/admin/catalog/products/set-approval/", body, as: shop.admin) }]
            ) { _ in
                // The second waits, and nobody waits for the first.
                let state = try await shop.text(
                    """
                    select p.moderation from catalog.products p join inventory.stock s on s.product_id = p.id
                     where p.id = \(first.row) for update of p, s nowait
                    """)
                #expect(state == "approved")
            }
            let results = try answers[0].json["results"]?.elements
            #expect(results?.map { $0["ok"]?.bool } == [true, true], "\(answers[0].text)")
        }
    }

    @Test func whatADeadlockEndsRunsAgainWhole() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let answers = try await answers(
                shop,
                holding: """
                    with patient as (select set_config('deadlock_timeout', '1h', true))
                    select 1 from inventory.stock, patient where product_id = \(waiting.row) for update of stock
                    """,
                of: [{ try await shop.decide("approve", waiting.id, key: "deadlock") }]
            ) { holder in
                _ = try await holder.query(
                    PostgresSQL(text: "select 1 from catalog.products where id = \(waiting.row) for update"))
            }
            #expect(answers.map(\.status) == [200], "\(answers[0].text)")
            #expect(try await shop.text("select moderation from catalog.products") == "approved")
            let deadlocks = try await shop.text(
                "select count(*)::text from catalog.history where event = 'approve'")
            #expect(deadlocks == "1")
            #expect(shop.told.withLock { $0.filter { $0.isSeen && $0.product.rawValue == waiting.row }.count } == 1)
        }
    }

    @Test func anEditLosesNoPriceThatIsImportedMeanwhile() async throws {
        try await ProductsFixture.with { shop in
            // The dearer of two: its price changes nothing of the product's own row.
            let product = try await shop.draft(
                ProductsFixture.body(
                    variants: [
                        ProductsFixture.variant("S-1", price: 1000, colour: "oak"),
                        ProductsFixture.variant("S-2", price: 2000, colour: "ash"),
                    ], extra: #","options":[{"name":"colour","values":["oak","ash"]}]"#))
            let picture = try await shop.upload(ColouredPNG.file(1))
            let image = try #require(try picture.json["id"]?.string)
            let change = #""image_ids":["\#(image)"],"variants":[{"id":"\#(product.variants[1])","barcode":"123"}]"#
            let imported = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await shop.pool.withTransaction { holder in
                    _ = try await holder.query("select 1 from catalog.images for update")
                    group.addTask {
                        let answer = try await shop.update(product.id, version: product.version, change)
                        #expect(answer.status == 200, "\(answer.text)")
                    }
                    // The edit has read the variants and waits for the picture; the import waits for the edit.
                    try await shop.waitUntilBlocked()
                    group.addTask {
                        let outcomes = try await shop.pool.withTransaction { transaction in
                            let price = SellerTableStore.Price(
                                amount: 1500, compareAt: nil, keepsCompareAt: false, currency: nil)
                            return try await SellerTableStore.setPrices(
                                ["S-2": price], of: SellerID(rawValue: 11), by: UserID(rawValue: 1), as: "imp_1",
                                in: transaction
                            ).outcomes
                        }
                        imported.isSet.store(true, ordering: .relaxed)
                        #expect(outcomes == ["S-2": .set])
                    }
                    try await shop.waitUntilBlocked(2) { imported.isSet.load(ordering: .relaxed) }
                }
                try await group.waitForAll()
            }
            let variant = try await shop.text(
                "select price_minor || ' ' || barcode from catalog.variants where sku = 'S-2'")
            #expect(variant == "1500 123")
        }
    }

    @Test func picturesAreLockedInOneOrder() async throws {
        try await ProductsFixture.with { shop in
            let ids = try await [1, 2].asyncMap { shade in
                try #require(try await shop.upload(ColouredPNG.file(shade)).json["id"]?.string)
            }
            let rows = ids.compactMap { ImageID($0)?.rawValue }.sorted()
            let names = rows.map { "\(ImageID(rawValue: $0))" }
            let product = try await shop.draft(ProductsFixture.body(extra: #","image_ids":["\#(names[0])"]"#))
            let answers = try await answers(
                shop, holding: "select 1 from catalog.images where id = \(rows[0]) for update",
                of: [{ try await shop.update(product.id, version: product.version, #""image_ids":["\#(names[1])"]"#) }]
            ) { _ in
                // It waits for the one that it gives up, and has not taken the later one.
                let free = try await shop.text(
                    "select id::text from catalog.images where id = \(rows[1]) for no key update nowait")
                #expect(free == "\(rows[1])")
            }
            #expect(answers.map(\.status) == [200], "\(answers[0].text)")
        }
    }
}

extension ProductsFixture {
    /// Waits until so many sessions wait for a row that another one holds, or until that cannot happen any more.
    func waitUntilBlocked(_ count: Int = 1, or isOver: () -> Bool = { false }) async throws {
        let sql = """
            select count(distinct pid)::text from pg_locks where not granted
               and pid in (select pid from pg_stat_activity where datname = current_database())
            """
        while Int(try await text(sql)) ?? 0 < count, !isOver() {}
    }
}

extension Array where Element == UInt8 {
    fileprivate func asyncMap<Value>(_ transform: (UInt8) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
