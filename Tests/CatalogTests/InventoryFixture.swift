// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

/// Stock by sellers. Seller 1 has variants 20 (2 units), 21 (none), 40 (4) …; seller 2 has 10, 11, 30 …
struct InventoryFixture: Sendable {
    let fixture: SellerFixture

    func adjust(_ items: String..., by user: Int64? = 101, key: String? = nil) async throws -> TestClient.Answer {
        try await fixture.post(
            "inventory/adjust", #"{"items":[\#(items.joined(separator: ","))]}"#, by: user, key: key)
    }

    func stock(_ variant: Int64) async throws -> String {
        try await fixture.base.row(
            "select on_hand, reserved, low_at from inventory.stock where variant_id = \(variant)")
    }

    static func with(_ body: @escaping @Sendable (InventoryFixture) async throws -> Void) async throws {
        try await SellerFixture.with { fixture in
            let base = fixture.base
            return inventoryRoutes(
                InventoryDependencies(
                    pool: base.pool, gate: base.gate, transactions: base.transactions, desk: fixture.desk,
                    cursors: base.cursors, ids: base.ids,
                    inventory: InventoryDirectory(
                        executor: base.loop, clock: base.loop, shardCount: 1, limits: InventoryLimits(),
                        journal: StockStore(client: base.pool)), changed: fixture.note))
        } _: { fixture in
            try await body(InventoryFixture(fixture: fixture))
        }
    }

    static func item(_ variant: Int64, _ change: String, _ reason: String = "counted") -> String {
        #"{"variant_id":"\#(CatalogRows.variant(variant))",\#(change),"reason":"\#(reason)"}"#
    }

    static func levels(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["levels"]?.elements?.map {
            "\($0["on_hand"]?.int ?? -1)/\($0["reserved"]?.int ?? -1)/\($0["low_stock_threshold"]?.int ?? -1)"
        } ?? []
    }
}
