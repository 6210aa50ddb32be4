// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import Postgres
import Synchronization
import Testing
import UVRuntime

@testable import Sellers

/// Holidays that begin and end because their time has come, not because somebody wrote it down then.
@Suite(.timeLimit(.minutes(2))) struct HolidayClockTests {
    /// Writes down who was told of.
    private final class Told: Sendable {
        let sellers = Mutex<[[SellerID]]>([])
        func take() -> [[SellerID]] {
            sellers.withLock { all in
                defer { all = [] }
                return all
            }
        }
    }

    private func clock(_ fixture: SellersFixture, _ told: Told) -> HolidayClock {
        HolidayClock(
            executor: fixture.loop, clock: fixture.loop, postgres: fixture.pool,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { sellers in told.sellers.withLock { $0.append(sellers) } }
    }

    /// What holds of the seller and of its only offer.
    private func state(_ fixture: SellersFixture) async throws -> String {
        try await fixture.text(
            """
            select concat_ws(' ', case when s.on_holiday then 'away' else 'here' end,
                             case when p.visible then 'visible' else 'hidden' end,
                             case when i.sellable then 'sellable' else 'unsellable' end)
              from sellers.sellers s, catalog.products p, inventory.stock i
            """)
    }

    @Test func holidaysBeginAndEndWithTheirTime() async throws {
        try await SellersFixture.with { fixture in
            let (id, _) = try await fixture.seller()
            try await fixture.setStatus("active", of: id)
            try await fixture.stock(id)
            let told = Told()
            let clock = clock(fixture, told)
            await clock.apply()
            #expect(told.take() == [])
            // Written while it lay ahead, and begun since.
            try await fixture.pool.execute(
                "update sellers.sellers set holiday_from = now() - interval '1 second', holiday_to = now() + interval '1 day'"
            )
            try await fixture.pool.execute("update sellers.sellers set on_holiday = false")
            #expect(try await state(fixture) == "here visible sellable")
            let before = try await fixture.count("select offer_version::int from inventory.stock")
            await clock.apply()
            #expect(try await state(fixture) == "away hidden unsellable")
            #expect(try await fixture.count("select offer_version::int from inventory.stock") > before)
            #expect(told.take() == [[id]])
            // Written while it lasted, and over since.
            try await fixture.pool.execute(
                "update sellers.sellers set holiday_from = now() - interval '1 day', holiday_to = now() - interval '1 second'"
            )
            try await fixture.pool.execute("update sellers.sellers set on_holiday = true")
            #expect(try await state(fixture) == "away hidden unsellable")
            await clock.apply()
            #expect(try await state(fixture) == "here visible sellable")
            #expect(told.take() == [[id]])
            await clock.apply()
            #expect(told.take() == [])
        }
    }

    /// A timer comes each second; the rows are looked at once a minute, and at once by whoever begins to lead.
    @Test func looksOnceAMinute() async throws {
        try await SellersFixture.with { fixture in
            let (id, _) = try await fixture.seller()
            let told = Told()
            let clock = clock(fixture, told)
            let begin: PostgresSQL =
                "update sellers.sellers set holiday_from = now(), holiday_to = now() + interval '1 day'"
            try await fixture.pool.execute(begin)
            try await fixture.pool.execute("update sellers.sellers set on_holiday = false")
            await clock.applyWhenDue()
            #expect(told.take() == [[id]])
            try await fixture.pool.execute("update sellers.sellers set on_holiday = false")
            await clock.applyWhenDue()
            #expect(told.take() == [])
        }
    }
}
