// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization

/// Runs worlds on threads of their own: a manual executor is bound to the thread that runs it, and the pool on which tests
/// run has other work.
package final class SeedRunner: Sendable {
    /// A seed whose world broke a rule.
    package struct Failure: Sendable {
        let seed: UInt64
        let violation: String
        /// How many worlds had been run by then, and how long that took.
        let worlds: Int
        let elapsed: Duration

        /// What a person needs: what is wrong, and the one command that shows it again.
        package var description: String {
            "seed \(seed): \(violation)\n    \(SeedRunner.command(seed))    # found after \(worlds) worlds in \(elapsed)"
        }
    }

    private let seeds: Range<UInt64>
    private let next: Atomic<UInt64>
    private let finished = Atomic<Int>(0)
    private let failures = Mutex<[Failure]>([])
    private let began = ContinuousClock.now
    /// After so many the cause is clear, and more only take time.
    private static let failuresMax = 3

    private init(_ seeds: Range<UInt64>) {
        self.seeds = seeds
        next = Atomic(seeds.lowerBound)
    }

    static func command(_ seed: UInt64) -> String {
        "MVE_SIM_SEED=\(seed) swift test --filter SimulationTests"
    }

    /// Runs the worlds of all seeds; ends early after a few failures.
    package static func run(_ seeds: Range<UInt64>, workers: Int) async -> [Failure] {
        let runner = SeedRunner(seeds)
        await withTaskGroup { group in
            for worker in 0..<workers { group.addTask { await runner.work(worker) } }
        }
        return runner.failures.withLock { $0.sorted { $0.seed < $1.seed } }
    }

    private func work(_ worker: Int) async {
        await withCheckedContinuation { continuation in
            Thread { [self] in
                CurrentSeeds.watch()
                while let seed = takeSeed() {
                    CurrentSeeds.set(seed, worker)
                    run(seed)
                }
                CurrentSeeds.clear(worker)
                continuation.resume()
            }.start()
        }
    }

    private func takeSeed() -> UInt64? {
        guard failures.withLock({ $0.count }) < Self.failuresMax else { return nil }
        let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return seed < seeds.upperBound ? seed : nil
    }

    private func run(_ seed: UInt64) {
        let simulation = Simulation(seed: seed)
        simulation.run()
        let worlds = finished.add(1, ordering: .relaxed).newValue
        guard let violation = simulation.trace.violations.first else { return }
        let failure = Failure(
            seed: seed, violation: violation, worlds: worlds, elapsed: ContinuousClock.now - began)
        failures.withLock { $0.append(failure) }
    }
}

/// Which seeds run now: a trap ends the whole test process, and its seed has to be known all the same.
enum CurrentSeeds {
    private static let count = 16
    // Written by one worker each, read by a signal handler, which may not lock.
    nonisolated(unsafe) private static let seeds = {
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
        memory.initialize(repeating: .max, count: count)
        return memory
    }()
    private static let watching: Void = {
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] {
            signal(number) { number in
                CurrentSeeds.tell()
                // Returning runs into the trap again, now with the default end.
                signal(number, SIG_DFL)
            }
        }
    }()

    /// Has a trap tell the seeds before the process ends.
    static func watch() {
        _ = seeds
        _ = watching
    }

    static func set(_ seed: UInt64, _ worker: Int) {
        seeds[worker % count] = seed
    }

    static func clear(_ worker: Int) {
        seeds[worker % count] = .max
    }

    /// Async-signal-safe: digits by hand, `write` only.
    private static func tell() {
        for worker in 0..<count where seeds[worker] != .max {
            write("trapped while seed ")
            write(seeds[worker])
            write(" ran: MVE_SIM_SEED=")
            write(seeds[worker])
            write(" swift test --filter SimulationTests\n")
        }
    }

    private static func write(_ text: StaticString) {
        _ = Glibc.write(2, text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func write(_ number: UInt64) {
        var rest = number
        var divisor: UInt64 = 1
        while rest / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            var digit = UInt8(48 + rest / divisor)
            _ = Glibc.write(2, &digit, 1)
            rest %= divisor
            divisor /= 10
        }
    }
}
