// SPDX-License-Identifier: Apache-2.0
import HTTP
import Ledger
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

@Suite struct CommissionMemoryTests {
    @Test func newsMakeItForget() async throws {
        try await LedgerFixture.with { shop in
            let loop = shop.base.loop
            let memory = CommissionMemory(executor: loop, clock: loop, client: shop.base.pool)
            let sale = CommissionRules.Sale(
                product: LedgerFixture.product, seller: LedgerFixture.seller, categories: [])
            let now = SystemClock().now()
            let none = try await memory.rules().rule(for: sale, at: now)
            #expect(none == nil)
            let id = try await shop.rule(#"{"type":"global"}"#, 1500)
            let remembered = try await memory.rules().rule(for: sale, at: SystemClock().now())
            #expect(remembered == nil)
            await memory.forget()
            let rule = try await memory.rules().rule(for: sale, at: SystemClock().now())
            #expect(rule.map { "\($0.id)" } == id && rule?.rate.rawValue == 1500)
        }
    }

    @Test func whatIsAgreedWithASellerIsARule() async throws {
        try await LedgerFixture.with { shop in
            try await shop.base.script(
                """
                insert into sellers.sellers (id, slug, business_name, status) values (11, 'loom', 'Loom', 'active');
                update sellers.sellers set commission_bps = 800 where id = 11
                """)
            let memory = CommissionMemory(executor: shop.base.loop, clock: shop.base.loop, client: shop.base.pool)
            let sale = CommissionRules.Sale(
                product: LedgerFixture.product, seller: LedgerFixture.seller, categories: [])
            let rule = try await memory.rules().rule(for: sale, at: SystemClock().now())
            #expect(rule?.rate.rawValue == 800 && rule?.note == "agreed at approval" && rule?.setBy == nil)
        }
    }
}
