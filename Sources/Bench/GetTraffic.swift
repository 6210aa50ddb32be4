// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// Reads that change nothing: one path again and again, or pages as visitors of the shop open them.
final class GetTraffic: Traffic {
    let name: String
    /// Pages of one kind, and how often they are opened in relation to the others.
    private let kinds: [(requests: [[UInt8]], share: Int)]
    private let shares: Int
    private var random: SeededRandom

    /// - Parameter kinds: none of them without a request; shares above 0.
    init(_ name: String, kinds: [(requests: [[UInt8]], share: Int)], seed: UInt64) {
        self.name = name
        self.kinds = kinds
        shares = kinds.reduce(0) { $0 + $1.share }
        random = SeededRandom(seed: seed)
    }

    func send(on connection: LoadConnection, start: UInt64) async -> Verdict? {
        do throws(ExchangeFailure) {
            let exchange = try await connection.exchange(nextRequest())
            switch exchange.answer.status {
            case 200..<300: return .ok(exchange, since: min(start, exchange.sentAt))
            case 500...: return .failed("status-\(exchange.answer.status)")
            default: return .refused("status-\(exchange.answer.status)")
            }
        } catch {
            return .lost(error)
        }
    }

    private func nextRequest() -> [UInt8] {
        if kinds.count == 1, kinds[0].requests.count == 1 { return kinds[0].requests[0] }
        var point = Int.random(in: 0..<shares, using: &random)
        for kind in kinds {
            point -= kind.share
            if point < 0 { return kind.requests[Int.random(in: 0..<kind.requests.count, using: &random)] }
        }
        return kinds[0].requests[0]
    }
}
