// SPDX-License-Identifier: Apache-2.0
import Foundation
import Simulation

/// Runs worlds of seeds and ends with 1 when one of them breaks a rule: what `SimulationTests` does with few of them, for an
/// optimised build and many.
///
/// `MVE_SIM_SEEDS` says how many, `MVE_SIM_SEED` runs one and prints what happened in it.
@main struct Simulate {
    /// As many as the smallest machine has cores.
    private static let workers = 2

    static func main() async {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["MVE_SIM_SEED"].flatMap({ UInt64($0) }) {
            let world = OneWorld(seed)
            print(world.words)
            exit(world.violations.isEmpty ? 0 : 1)
        }
        let count = environment["MVE_SIM_SEEDS"].flatMap { UInt64($0) } ?? 10_000
        let first = environment["MVE_SIM_FIRST"].flatMap { UInt64($0) } ?? 0
        let began = ContinuousClock.now
        let failures = await SeedRunner.run(first..<first + count, workers: workers)
        for failure in failures { print(failure.description) }
        if failures.isEmpty { print("\(count) worlds kept the rules in \(ContinuousClock.now - began)") }
        exit(failures.isEmpty ? 0 : 1)
    }
}
