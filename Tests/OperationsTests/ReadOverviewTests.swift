// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Operations
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ReadOverviewTests {
    private static func read(_ board: ShopOverview) async throws -> JSONValue {
        let (answer, stream) = AsyncStream.makeStream(of: JSONValue.self)
        try await OperationsTests.with(showing: board) { desk in
            let got = try await desk.base.send("GET", "/api/admin/ops/overview/", token: desk.reader)
            #expect(got.status == 200, "\(got.text)")
            stream.yield(try got.json)
        }
        stream.finish()
        return try #require(await answer.first { _ in true })
    }

    @Test func showsTheShop() async throws {
        var shared = ShopOverview.Shared()
        (shared.ordersOfMinute, shared.openPayments, shared.held, shared.oldestHeldSeconds) = (21, 4, 6, 410)
        (shared.inboxWaiting, shared.inboxLagSeconds, shared.outboxLagSeconds) = (2, 9, 1)
        shared.nodes = [
            .init(worker: 0, leaseUntil: Timestamp(seconds: 1_789_000_000), leads: false),
            .init(worker: 3, leaseUntil: Timestamp(seconds: 1_789_000_000), leads: true),
        ]
        shared.invariants = [
            .init(name: "a.holds", holds: true, offenders: 0, since: nil),
            .init(name: "b.is_broken", holds: false, offenders: 2, since: Timestamp(seconds: 1_789_000_000)),
        ]
        var own = ShopOverview.Own()
        (own.p50, own.p99, own.mailboxes) = (420, 2600, [("order", 5)])
        own.pools = [.init(name: "requests", idle: 3, busy: 1, waiting: 7)]
        let json = try await Self.read(ShopOverview(shared: shared, own: own))
        #expect(json["open_payments"]?.int == 4)
        #expect(json["reservations"]?["held"]?.int == 6 && json["reservations"]?["oldest_seconds"]?.int == 410)
        #expect(json["inbox"]?["waiting"]?.int == 2 && json["inbox"]?["lag_seconds"]?.int == 9)
        #expect(json["outbox"]?["lag_seconds"]?.int == 1)
        #expect(json["nodes"]?.elements?.map { $0["worker"]?.int } == [0, 3])
        #expect(json["nodes"]?.elements?.map { $0["leads"]?.bool } == [false, true])
        let invariants = try #require(json["invariants"]?.elements)
        #expect(invariants.map { $0["name"]?.string } == ["a.holds", "b.is_broken"])
        #expect(invariants.map { $0["ok"]?.bool } == [true, false] && invariants[1]["value"]?.int == 2)
        #expect(invariants[0]["since"]?.isNull == true && invariants[1]["since"]?.string != nil)
        let answering = try #require(json["answering"])
        #expect(answering["latency_us"]?["p50"]?.int == 420 && answering["latency_us"]?["p99"]?.int == 2600)
        #expect(answering["mailboxes"]?.elements?.first?["actor"]?.string == "order")
        #expect(answering["mailboxes"]?.elements?.first?["waiting"]?.int == 5)
        let pool = answering["pools"]?.elements?.first
        #expect(pool?["name"]?.string == "requests" && pool?["idle"]?.int == 3)
        #expect(pool?["busy"]?.int == 1 && pool?["waiting"]?.int == 7)
    }

    @Test(arguments: [
        (Int64(0), "0.000"), (1, "0.017"), (21, "0.350"), (60, "1.000"), (119, "1.983"), (6_000_000, "100000.000"),
    ])
    func ordersPerSecondAreASixtieth(ofMinute: Int64, text: String) async throws {
        var shared = ShopOverview.Shared()
        shared.ordersOfMinute = ofMinute
        let json = String(decoding: ShopOverview(shared: shared, own: .init()).jsonBytes(), as: UTF8.self)
        #expect(json.contains("\"orders_per_second\":\(text),"), "\(json)")
        #expect(json.contains("\"p50\":null"))
    }
}
