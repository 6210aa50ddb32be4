// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// Several kinds of traffic at once, each request of one kind by its share.
final class MixTraffic: Traffic {
    let name: String
    private let kinds: [(traffic: any Traffic, share: Int)]
    private let shares: Int
    private var random: SeededRandom
    private var tallies: [Tally]

    /// - Parameter kinds: at least one; shares above 0.
    init(_ name: String, kinds: [(traffic: any Traffic, share: Int)], seed: UInt64) {
        self.name = name
        self.kinds = kinds
        shares = kinds.reduce(0) { $0 + $1.share }
        random = SeededRandom(seed: seed)
        tallies = Array(repeating: Tally(), count: kinds.count)
    }

    var parts: [Part] { zip(kinds, tallies).map { Part(name: $0.traffic.name, tally: $1) } }
    var extraConnections: [LoadConnection] { kinds.flatMap { $0.traffic.extraConnections } }
    var preparation: String? { kinds.lazy.compactMap { $0.traffic.preparation }.first }
    var isReady: Bool { kinds.allSatisfy { $0.traffic.isReady } }
    var shortage: BenchError { kinds.first { !$0.traffic.isReady }?.traffic.shortage ?? .usage("nothing is short") }

    func beginRound(wanting count: Int?) {
        for kind in kinds { kind.traffic.beginRound(wanting: count.map { $0 / shares * kind.share + kind.share }) }
    }

    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool {
        for kind in kinds where try await kind.traffic.prepare(on: connection) { return true }
        return false
    }

    func notePreparation(_ failure: ExchangeFailure) {
        kinds.first { $0.traffic.preparation != nil }?.traffic.notePreparation(failure)
    }

    func endPreparing() async throws {
        for kind in kinds { try await kind.traffic.endPreparing() }
    }

    func send(on connection: LoadConnection, start: UInt64) async -> Verdict? {
        var point = Int.random(in: 0..<shares, using: &random)
        for (index, kind) in kinds.enumerated() {
            point -= kind.share
            if point < 0 {
                guard let verdict = await kind.traffic.send(on: connection, start: start) else { return nil }
                tallies[index].add(verdict)
                return verdict
            }
        }
        return nil
    }

    func settle(on connection: LoadConnection, _ patience: Patience) async {
        for kind in kinds { await kind.traffic.settle(on: connection, patience) }
    }

    func mismatches(in store: BenchStore) async throws -> [String]? {
        var found: [String]?
        for kind in kinds {
            if let more = try await kind.traffic.mismatches(in: store) { found = (found ?? []) + more }
        }
        return found
    }
}
