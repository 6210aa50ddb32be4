// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import HTTP

extension BenchCommand {
    /// The scenario once for each count, on a server of our own that is started for it and stopped after it.
    ///
    /// - Throws: `BenchError.unreachable` when a server dies; what was measured before is printed, and no server is left.
    func sweep(_ counts: ShardCounts, of scenario: Scenario) async throws {
        // Before a server is started for nothing.
        let hands = try hands(of: counts.values.count)
        var runs: [ShardRun] = []
        do {
            for (count, buyers) in zip(counts.values, hands) {
                runs.append(ShardRun(shards: count, result: try await measured(scenario, shards: count, buyers)))
            }
        } catch {
            if !runs.isEmpty { print(ShardTable(runs: runs), terminator: "") }
            throw error
        }
        let table = ShardTable(runs: runs)
        print(table, terminator: "")
        if let json { try write(table.jsonBytes() + [0x0A], to: json) }
        var failed = false
        for run in runs where isFailed(run.result.report, scenario) {
            print("with \(run.shards) shards: failed")
            failed = true
        }
        if failed { throw ExitCode(1) }
    }

    /// The buyers of each run. Carts that were filled beforehand are used up by an order: there each run has its own.
    private func hands(of count: Int) throws -> [[Buyer]] {
        let buyers = try tokens.map { try Buyer.load($0) } ?? []
        guard prefilled else { return Array(repeating: buyers, count: count) }
        guard buyers.count >= count else { throw BenchError.usage("\(count) runs share \(buyers.count) buyers") }
        return (0..<count).map { hand in stride(from: hand, to: buyers.count, by: count).map { buyers[$0] } }
    }

    private func measured(
        _ scenario: Scenario, shards: Int, _ buyers: [Buyer]
    ) async throws -> Measurement.Result {
        print("== shards: \(shards)")
        let server: OwnServer
        do {
            server = try await OwnServer.start(serverSettings(shards))
        } catch BenchError.unreachable(let reason) {
            throw BenchError.unreachable("shards: \(shards): \(reason)")
        }
        print("server: process \(server.pid.map(String.init) ?? "unknown") at \(server.url)")
        let outcome: Result<Measurement.Result, any Error>
        do {
            let measurement = try measurement(of: scenario, at: server.url, pid: nil, buyers)
            let (command, control) = (self, parsedControl)
            outcome = .success(
                try await server.during {
                    var result = try await command.result(of: measurement)
                    result.report.control = control
                    result.report.settings.append(("shards", "\(shards)"))
                    return result
                })
        } catch {
            outcome = .failure(error)
        }
        do {
            try await server.stop()
            let result = try outcome.get()
            print(ReportTable(result: result), terminator: "")
            return result
        } catch {
            // The first thing that went wrong says most: a server that died during the run did not end in order either.
            if case .failure(let first) = outcome { throw Self.located(first, shards) }
            throw Self.located(error, shards)
        }
    }

    private static func located(_ error: any Error, _ shards: Int) -> any Error {
        guard case BenchError.unreachable(let reason) = error else { return error }
        return BenchError.unreachable("shards: \(shards): \(reason)")
    }

    /// What a server of the sweep finds otherwise than we do.
    private func serverSettings(_ shards: Int) -> [String: String] {
        var settings = Dictionary(uniqueKeysWithValues: ShardCounts.settings.map { ($0, "\(shards)") })
        settings["DATABASE_URL"] = database
        settings["REDIS_URL"] = redis
        settings["RAZORPAY_WEBHOOK_SECRETS"] = webhookSecret
        return settings
    }
}
