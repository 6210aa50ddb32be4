// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Operations
import TestRoutes
import TestSupport
import Testing

/// Reservations as the shop hands them in: in the order of their end, after a place.
struct HeldUnits: Sendable {
    let all: [HeldReservation]

    func after(_ position: HeldReservation.Position?, limit: Int) -> [HeldReservation] {
        Array(
            all.filter { held in
                position.map {
                    (held.expiresAt.microseconds, held.part.rawValue) > ($0.expiresAt.microseconds, $0.part.rawValue)
                }
                    ?? true
            }.prefix(limit))
    }

    static func held(_ part: Int64, _ cause: HeldReservation.Cause, until end: Int64) -> HeldReservation {
        HeldReservation(
            part: SellerOrderID(rawValue: part), order: OrderID(rawValue: part / 10), cause: cause,
            createdAt: Timestamp(seconds: end - 900), expiresAt: Timestamp(seconds: end), ageSeconds: 60,
            units: [
                .init(variant: VariantID(rawValue: 7), quantity: 2),
                .init(variant: VariantID(rawValue: 8), quantity: 1),
            ])
    }
}

@Suite(.timeLimit(.minutes(2))) struct ListReservationsTests {
    private static let path = "/api/admin/ops/reservations/"

    @Test func showsWhatIsHeldAndWhy() async throws {
        let units = HeldUnits(all: [HeldUnits.held(11, .overdue, until: 1_789_000_000)])
        try await OperationsTests.with(holding: units) { desk in
            let answer = try await desk.base.send("GET", Self.path, token: desk.reader)
            #expect(answer.status == 200, "\(answer.text)")
            let row = try #require(try answer.json["data"]?.elements?.first)
            #expect(row["seller_order_id"]?.string == "\(SellerOrderID(rawValue: 11))")
            #expect(row["order_id"]?.string == "\(OrderID(rawValue: 1))")
            #expect(row["cause"]?.string == "overdue" && row["age_seconds"]?.int == 60)
            #expect(row["created_at"]?.string != nil && row["expires_at"]?.string != nil)
            let shown = row["units"]?.elements?.map { ($0["variant_id"]?.string ?? "", $0["quantity"]?.int ?? 0) } ?? []
            #expect(shown.map(\.0) == [VariantID(rawValue: 7), VariantID(rawValue: 8)].map { "\($0)" })
            #expect(shown.map(\.1) == [2, 1])
        }
    }

    /// Several end at the same time: those of one order.
    @Test func pagesGoOnWhereTheyEnded() async throws {
        let units = HeldUnits(
            all: [
                HeldUnits.held(11, .unpaid, until: 1_789_000_000), HeldUnits.held(12, .unpaid, until: 1_789_000_000),
                HeldUnits.held(5, .paying, until: 1_789_000_001),
            ])
        try await OperationsTests.with(holding: units) { desk in
            var (cursor, seen, pages) = ("", [String](), 0)
            while pages < 4 {
                let answer = try await desk.base.send("GET", Self.path + "?limit=1" + cursor, token: desk.reader)
                seen += try answer.json["data"]?.elements?.compactMap { $0["seller_order_id"]?.string } ?? []
                pages += 1
                guard let next = try answer.json["page"]?["next_cursor"]?.string else { break }
                cursor = "&cursor=" + next
            }
            #expect(seen == ([11, 12, 5] as [Int64]).map { "\(SellerOrderID(rawValue: $0))" } && pages == 3)
            let other = try await desk.base.send(
                "GET", "/api/admin/ops/outbox/?limit=1" + cursor, token: desk.reader)
            #expect(other.code == "invalid-cursor")
        }
    }
}
