// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Synchronization
import UVRuntime

/// What clients asked and heard under their keys, and whether it fits together.
final class AnswerBook: Sendable {
    private let state = Mutex(State())
    private let database: SimulatedDatabase
    private let trace: Trace

    private struct State {
        var asked: [Hash32: Set<Hash32>] = [:]
        var succeeded: [Hash32: [Response]] = [:]
    }

    init(database: SimulatedDatabase, trace: Trace) {
        self.database = database
        self.trace = trace
    }

    func asks(_ digest: Hash32, _ fingerprint: Hash32) {
        state.withLock { _ = $0.asked[digest, default: []].insert(fingerprint) }
    }

    /// A final answer under a key.
    ///
    /// - Parameter sent: when the request left its client.
    func hears(_ response: Response, _ digest: Hash32, _ fingerprint: Hash32, sent: UInt64) async {
        if response.problem == Refusal.reused.code {
            let others = state.withLock { $0.asked[digest]?.count ?? 0 }
            trace.expect(others > 1, "a key is said to be used with another request, and was not")
            return
        }
        if response.status < 300 { state.withLock { $0.succeeded[digest, default: []].append(response) } }
        let row = await database.keyRow(digest)
        // What was committed before the request was sent is what it must be answered with; a process may repeat its own
        // refusal until its writing behind tells it otherwise. An effect has its row at once.
        if let row, response.status < 300 || row.madeAt < sent && !response.isProvisional {
            trace.expect(
                row.fingerprint == fingerprint, "another request's key was answered with \(response.body)")
            trace.expect(
                response.says(row.answer),
                "a key's answer is \(row.answer?.body ?? "none") \(row.answer?.status ?? 0), "
                    + "and \(response.status) \(response.body) was given")
        }
    }

    /// Once all is at rest: what was acknowledged under a key is what its row says (law 2), whoever was first to commit it.
    func checkEnd() {
        for (digest, answers) in state.withLock({ $0.succeeded }) {
            guard let row = database.assumeIsolated({ $0.keys[digest] }) else {
                trace.violate("\(answers[0].body) was acknowledged under a key that has no row")
                continue
            }
            for answer in answers {
                trace.expect(
                    answer.says(row.answer.map { Response($0) }),
                    "\(answer.status) \(answer.body) was acknowledged under a key whose row says "
                        + (row.answer.map { Response($0).body } ?? "nothing"))
            }
        }
    }
}

extension SimulatedDatabase {
    /// A live key row, since when it is there.
    func keyRow(_ digest: Hash32) -> (fingerprint: Hash32, answer: Response?, madeAt: UInt64)? {
        liveKey(digest).map { ($0.fingerprint, $0.answer.map { Response($0) }, $0.madeAt) }
    }

    /// An acknowledged order exists, as it was asked for; nil and a violation when it does not.
    func acknowledged(_ response: Response, _ request: OrderRequest) -> OrderID? {
        let name = response.body.prefix { $0 != " " }
        guard let row = orders.values.first(where: { "\($0.order.id)" == name }) else {
            trace.violate("acknowledged, and not there: \(response.body)")
            return nil
        }
        trace.expect(
            row.placed.claim.fingerprint == request.fingerprint && row.order.cartVersion == request.cartVersion
                && row.order.total == request.expectedTotal && row.order.user == request.user,
            "\(row.order.id) was acknowledged to another request")
        if response.status == 201 {
            trace.expect(
                response.says(Response(row.placed.answer)), "\(row.order.id) was acknowledged in other words")
        }
        return row.order.id
    }

    /// An acknowledged change of a cart was made.
    func acknowledged(_ request: CartRequest) {
        guard case .add = request.intent else { return }
        trace.expect(cartWrites[request.tag] ?? 0 > 0, "cart change \(request.tag) was acknowledged, and not made")
    }

    func means(_ request: CartRequest) {
        intents[request.tag] = request.intent
    }
}
