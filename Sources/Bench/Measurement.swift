// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import UVRuntime

/// A whole run: prepares, measures, reconciles.
struct Measurement: Sendable {
    let scenario: Scenario
    let settings: LoadSettings
    /// Needed for orders: SKUs are read from it, and the outcome is checked against it.
    var databaseURL: String?
    var buyers: [Buyer] = []
    let say: Say

    /// Units that every SKU must have, so that no order is refused for lack of stock.
    private static let ampleStock = 100_000
    /// Mismatches in the report; a broken server makes one for each order.
    private static let mismatchesMax = 100

    /// The report, and what came of filling carts where that was measured.
    struct Result: Sendable {
        var report: BenchReport
        var tally: Tally
        var carts: Tally?
    }

    /// - Throws: `BenchError`, `PostgresError`.
    func run() async throws -> Result {
        SignalWatcher.ignoreBrokenPipes()
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(
                try await loop.run {
                    switch scenario.kind {
                    case .hello(let path): try await hello(path, on: loop)
                    case .order(let mix): try await order(mix, on: loop)
                    }
                })
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        return try result.get()
    }

    private func hello(_ path: String, on loop: EventLoop) async throws -> Result {
        let startedAt = SystemClock().now()
        let run = HelloRun(settings, path: path, on: loop, say: say)
        try await run.run()
        let (tally, meter) = (await run.tally, await run.meter)
        return Result(report: report(startedAt, tally, meter, []), tally: tally)
    }

    private func order(_ mix: OrderMix, on loop: EventLoop) async throws -> Result {
        guard let databaseURL else {
            throw BenchError.usage("orders are checked in the database: give --database, DATABASE_URL or MVE_DATA_DIR")
        }
        guard !buyers.isEmpty else { throw BenchError.usage("orders need buyers: give --tokens") }
        guard !(settings.isPrefilled && mix.isMixed) else {
            throw BenchError.usage("--prefilled measures orders alone; \(scenario.name) fills carts too")
        }
        var configuration = PostgresConfiguration(url: databaseURL)
        configuration.applicationName = "bench"
        configuration.isReadOnly = true
        // The invariants read whole tables.
        configuration.statementTimeout = .seconds(600)
        let pool = PostgresPool(configuration: configuration, loop: loop)
        do {
            let result = try await order(mix, store: BenchStore(client: pool), on: loop)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    private func order(_ mix: OrderMix, store: BenchStore, on loop: EventLoop) async throws -> Result {
        let variants = try await store.variants(withUnits: Self.ampleStock, limit: mix.skusMax)
        guard variants.count >= mix.lines else {
            throw BenchError.unreachable("\(variants.count) SKUs have ample stock; mve seed --skus N makes some")
        }
        let postmaster = try await store.backend().flatMap { ProcessUsage.postmaster(ofBackend: $0) }
        say("\(variants.count) SKUs, \(buyers.count) buyers, \(settings.connections) connections")
        let since = try await store.now()
        let startedAt = SystemClock().now()
        var generator = SystemRandomNumberGenerator()
        let run = OrderRun(
            settings, mix: mix, buyers: buyers, variants: variants, postmasterPID: postmaster,
            seed: generator.next(), on: loop, say: say)
        try await run.run()
        let outcome = await run.outcome
        say("reconciling \(outcome.sent.count) orders with the database")
        let mismatches = try await Reconciler(lines: mix.lines, sent: outcome.sent)
            .mismatches(in: store, users: buyers.map(\.user), since: since)
        var report = report(
            startedAt, outcome.orders, outcome.meter,
            [
                ("buyers", "\(buyers.count)"), ("skus", "\(variants.count)"), ("lines", "\(mix.lines)"),
                ("mixed", "\(mix.isMixed)"), ("prefilled", "\(settings.isPrefilled)"),
            ])
        report.reconciled = mismatches.isEmpty
        report.mismatches = Array(mismatches.prefix(Self.mismatchesMax))
        if mismatches.count > Self.mismatchesMax {
            report.mismatches.append("and \(mismatches.count - Self.mismatchesMax) more")
        }
        return Result(report: report, tally: outcome.orders, carts: outcome.carts)
    }

    private func report(
        _ startedAt: Timestamp, _ tally: Tally, _ meter: UsageMeter, _ more: [(name: String, value: String)]
    ) -> BenchReport {
        let machine = ProcessUsage.machine
        var options: [(name: String, value: String)] = [
            ("url", "http://\(settings.target.authority)"), ("connections", "\(settings.connections)"),
            ("duration", "\(settings.duration.components.seconds)"),
        ]
        if let rate = settings.rate { options.append(("rate", Decimals.text(rate))) }
        if let most = settings.ordersMax { options.append(("orders", "\(most)")) }
        return BenchReport(
            scenario: scenario.name, startedAt: startedAt, cores: machine.cores, model: machine.model,
            settings: options + more, measured: meter.wall, requests: tally.requests, ok: tally.ok,
            refused: tally.refused, errors: tally.failed, latency: tally.latencies.summary, ownSeconds: meter.own,
            serverSeconds: meter.serverPID == nil ? nil : meter.server,
            postgresSeconds: meter.postmasterPID == nil ? nil : meter.postgres, residentIdle: meter.residentIdle,
            residentMax: meter.residentMax, reconciled: nil, mismatches: [])
    }
}
