// SPDX-License-Identifier: Apache-2.0

/// One world, run to its end and told in words.
package struct OneWorld {
    /// Its settings, everything that happened, and how much work it was.
    package let words: String
    /// What was found wrong.
    package let violations: [String]

    /// Runs the seed's world on the calling thread.
    package init(_ seed: UInt64) {
        CurrentSeeds.watch()
        CurrentSeeds.set(seed, 0)
        let simulation = Simulation(seed: seed, keepsTrace: true)
        simulation.run()
        CurrentSeeds.clear(0)
        let work = "\(simulation.jobs) jobs, \(simulation.steps) timers"
        words = (["seed \(seed): \(simulation.settings)"] + simulation.trace.lines + [work]).joined(separator: "\n")
        violations = simulation.trace.violations
    }
}
