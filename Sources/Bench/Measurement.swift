// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import Postgres
import Redis
import UVRuntime

/// A whole run: finds what it needs, prepares, measures, reconciles.
struct Measurement: Sendable {
    let scenario: Scenario
    var settings: LoadSettings
    /// The server's; needed by all scenarios but hello: what requests are made of is read from it, and the outcome is checked
    /// against it.
    var databaseURL: String?
    /// The server's; needed where the scenario says which level answers.
    var redisURL: String?
    /// What the server expects webhooks to be signed with.
    var webhookSecret: String?
    var buyers: [Buyer] = []
    let say: Say

    /// Mismatches in the report; a broken server makes one for each order.
    private static let mismatchesMax = 100

    /// The report, and what is counted beside it.
    struct Result: Sendable {
        var report: BenchReport
        var tally: Tally
        var timeline: Timeline
    }

    /// - Throws: `BenchError`, `PostgresError`, `RedisError`.
    func run() async throws -> Result {
        SignalWatcher.ignoreBrokenPipes()
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await loop.run { try await measure(on: loop) })
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        return try result.get()
    }

    private func measure(on loop: EventLoop) async throws -> Result {
        let seed = SystemRandomNumberGenerator.number
        var builder = TrafficBuilder(
            settings: settings, supplies: Supplies(), loop: loop, run: "bench-" + String(seed, radix: 16), seed: seed,
            since: 0)
        if scenario.isAlone { return try await measure(builder, store: nil) }
        guard let databaseURL else {
            throw BenchError.usage(
                "\(scenario.name) is checked in the database: give --database, DATABASE_URL or MVE_DATA_DIR")
        }
        let services = MeasuredServices(database: databaseURL, redis: redisURL, on: loop)
        do {
            try await services.start()
            let store = BenchStore(client: services.reader)
            builder = try await supplied(builder, store, services)
            let waiting = try await drained(store, on: loop)
            var result = try await measure(builder, store: store)
            result.report.waitingEvents = waiting
            await services.close()
            return result
        } catch {
            await services.close()
            throw error
        }
    }

    private func supplied(
        _ builder: TrafficBuilder, _ store: BenchStore, _ services: MeasuredServices
    ) async throws -> TrafficBuilder {
        var supplies = Supplies()
        try await supplies.load(for: scenario, from: store)
        return TrafficBuilder(
            settings: settings, supplies: supplies, loop: builder.loop,
            attempts: AttemptStore(client: services.writer), redis: services.redis, webhookSecret: webhookSecret,
            run: builder.run, seed: builder.seed, since: try await store.now())
    }

    private func measure(_ builder: TrafficBuilder, store: BenchStore?) async throws -> Result {
        let postmaster = try await store?.backend().flatMap { ProcessUsage.postmaster(ofBackend: $0) }
        say(
            "\(scenario.name): \(builder.supplies.variants.count) SKUs, \(buyers.count) buyers, "
                + "\(settings.connections) connections")
        let startedAt = SystemClock().now()
        let run = LoadRun(
            settings, traffic: try builder.traffic(for: scenario, buyers: buyers), keepsBodies: scenario.keepsBodies,
            postmasterPID: postmaster, on: builder.loop, say: say)
        let outcome = try await run.run(store)
        var report = report(startedAt, outcome, skus: builder.supplies.variants.count)
        if let store, var mismatches = outcome.mismatches {
            mismatches += try await Reconciler.mismatches(in: store)
            report.reconciled = mismatches.isEmpty
            report.mismatches = Array(mismatches.prefix(Self.mismatchesMax))
            if mismatches.count > Self.mismatchesMax {
                report.mismatches.append("and \(mismatches.count - Self.mismatchesMax) more")
            }
        }
        return Result(report: report, tally: outcome.tally, timeline: outcome.timeline)
    }

    private func report(_ startedAt: Timestamp, _ outcome: LoadRun.Outcome, skus: Int) -> BenchReport {
        let machine = ProcessUsage.machine
        var options: [(name: String, value: String)] = [
            ("url", "http://\(settings.target.authority)"), ("connections", "\(settings.connections)"),
            ("duration", "\(settings.duration.components.seconds)"),
        ]
        if let rate = settings.rate { options.append(("rate", Decimals.text(rate))) }
        if let most = settings.requestsMax { options.append(("requests", "\(most)")) }
        if !scenario.isAlone {
            options += [
                ("buyers", "\(buyers.count)"), ("skus", "\(skus)"), ("prefilled", "\(settings.isPrefilled)"),
            ]
        }
        let (tally, meter) = (outcome.tally, outcome.meter)
        return BenchReport(
            scenario: scenario.name, startedAt: startedAt, cores: machine.cores, model: machine.model,
            settings: options, measured: meter.wall, requests: tally.requests, ok: tally.ok,
            refused: tally.refused, errors: tally.failed, latency: tally.latencies.summary, parts: outcome.parts,
            ownSeconds: meter.own, serverSeconds: meter.serverPID == nil ? nil : meter.server,
            postgresSeconds: meter.postmasterPID == nil ? nil : meter.postgres, residentIdle: meter.residentIdle,
            residentMax: meter.residentMax, control: nil, reconciled: nil, mismatches: [])
    }
}

extension SystemRandomNumberGenerator {
    /// One number of the system's.
    fileprivate static var number: UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
