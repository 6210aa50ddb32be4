// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization

@testable import Refunds

/// A provider in memory that keeps to its contract, and answers as a test wants.
final class ScriptedBank: Sendable {
    /// What happens to the next call that makes a refund.
    enum Mood: Sendable {
        /// It answers with this status.
        case answers(String)
        /// It makes the refund, and the answer is lost.
        case losesAnswer
        /// Nothing is done: it says so.
        case turnsAway
        /// It refuses.
        case refuses
    }

    private struct State {
        var moods: [Mood] = []
        var refunds: [ProviderRefund] = []
        var calls: [String] = []
    }

    private let state = Mutex(State())

    /// The next calls go like this; later ones are answered `pending`.
    func next(_ moods: Mood...) {
        state.withLock { $0.moods += moods }
    }

    /// The refunds that there are.
    var refunds: [ProviderRefund] { state.withLock { $0.refunds } }
    /// What was called, in words: `refund KEY`, `find KEY`, `fetch ID`.
    var calls: [String] { state.withLock { $0.calls } }

    /// Changes what the bank says of a refund.
    func set(_ id: String, _ status: String) {
        state.withLock { state in
            guard let index = state.refunds.firstIndex(where: { $0.id == id }) else { return }
            state.refunds[index] = Self.changed(state.refunds[index], status)
        }
    }

    private static func changed(_ refund: ProviderRefund, _ status: String) -> ProviderRefund {
        ProviderRefund(
            id: refund.id, payment: refund.payment, amount: refund.amount, currency: refund.currency, status: status,
            speedProcessed: "normal", receipt: refund.receipt)
    }

    var provider: RefundProvider {
        RefundProvider(
            refund: { request throws(RefundCallError) in try self.make(request) },
            find: { _, receipt throws(RefundCallError) in
                self.state.withLock { state in
                    state.calls.append("find \(receipt)")
                    return state.refunds.first { $0.receipt == receipt }
                }
            },
            fetch: { id throws(RefundCallError) in
                let found = self.state.withLock { state in
                    state.calls.append("fetch \(id)")
                    return state.refunds.first { $0.id == id }
                }
                guard let found else { throw .unknown("no such refund") }
                return found
            })
    }

    private func make(_ request: RefundProvider.Request) throws(RefundCallError) -> ProviderRefund {
        let result: Result<ProviderRefund, RefundCallError> = state.withLock { state in
            state.calls.append("refund \(request.key)")
            let mood = state.moods.isEmpty ? .answers("pending") : state.moods.removeFirst()
            if case .turnsAway = mood { return .failure(.notDone("busy")) }
            if case .refuses = mood { return .failure(.refused(code: "400", text: "The account is closed.")) }
            var refund: ProviderRefund
            if let known = state.refunds.first(where: { $0.receipt == request.key }) {
                refund = known
            } else {
                refund = ProviderRefund(
                    id: "rfnd_\(state.refunds.count + 1)", payment: request.payment, amount: request.amount.minor,
                    currency: request.amount.currency.description, status: "pending", speedProcessed: nil,
                    receipt: request.key)
                state.refunds.append(refund)
            }
            if case .losesAnswer = mood { return .failure(.unknown("time-out")) }
            if case .answers(let status) = mood, status != refund.status {
                refund = Self.changed(refund, status)
                if let index = state.refunds.firstIndex(where: { $0.id == refund.id }) { state.refunds[index] = refund }
            }
            return .success(refund)
        }
        return try result.get()
    }
}
