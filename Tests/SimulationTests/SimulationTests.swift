// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Simulation

@Suite struct SimulationTests {
    @Test func first() {
        if let one = ProcessInfo.processInfo.environment["MVE_SIM_SEED"].flatMap(UInt64.init) {
            let s = Simulation(seed: one, keepsTrace: true)
            s.run()
            print(s.settings)
            print(s.trace.lines.joined(separator: "\n"), s.jobs, s.steps)
            return
        }
        let n = ProcessInfo.processInfo.environment["MVE_SIM_SEEDS"].flatMap(UInt64.init) ?? 300
        let clock = ContinuousClock()
        var kinds: [String: (Int, UInt64)] = [:]
        var jobs = 0, steps = 0
        let t = clock.measure {
            for seed in 0..<n {
                let s = Simulation(seed: seed)
                s.run()
                jobs += s.jobs; steps += s.steps
                if let v = s.trace.violations.first {
                    let k = String(
                        String(v.prefix(100)).replacing(#/(usr|ord|cart|var)_\w+/#, with: "$1").map {
                            $0.isNumber ? "#" : $0
                        })
                    kinds[k, default: (0, seed)].0 += 1
                }
            }
        }
        print(t, jobs, steps)
        for (k, v) in kinds.sorted(by: { $0.value.0 > $1.value.0 }) { print(v, k.prefix(300)) }
    }
}
