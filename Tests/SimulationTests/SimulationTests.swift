// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Simulation

/// Worlds of seeds: the real actors of several processes over one database, with everything that may go wrong.
///
/// `MVE_SIM_SEEDS` says how many (10,000 unless told otherwise), `MVE_SIM_SEED` runs one and prints what happened in it.
/// docs/SIMULATION.md says what is simulated, what is checked, and which planted bugs it finds.
@Suite(.serialized) struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let one = environment["MVE_SIM_SEED"].flatMap { UInt64($0) }
    private static let count = environment["MVE_SIM_SEEDS"].flatMap { UInt64($0) } ?? 10_000
    /// As many as the smallest machine has cores.
    private static let workers = 2

    @Test(.enabled(if: one == nil))
    func everyWorldKeepsTheRules() async {
        let failures = await SeedRunner.run(0..<Self.count, workers: Self.workers)
        for failure in failures { Issue.record("\(failure.description)") }
    }

    /// Without this no failing seed could be looked at.
    @Test(.enabled(if: one == nil))
    func aSeedGivesTheSameWorldTwice() {
        for seed in UInt64(0)..<100 {
            let (first, second) = (Self.trace(seed), Self.trace(seed))
            guard first != second else { continue }
            let place = zip(first, second).prefix { $0 == $1 }.count
            let lines = [first, second].map { $0.dropFirst(place).first ?? "its end" }
            Issue.record("seed \(seed) differs at line \(place): \(lines)")
        }
    }

    @Test(.enabled(if: one != nil))
    func oneWorldInWords() throws {
        let seed = try #require(Self.one)
        let world = OneWorld(seed)
        print(world.words)
        #expect(world.violations == [])
    }

    private static func trace(_ seed: UInt64) -> [String] {
        let simulation = Simulation(seed: seed, keepsTrace: true)
        simulation.run()
        return simulation.trace.lines + ["\(simulation.jobs) jobs, \(simulation.steps) timers"]
    }
}
