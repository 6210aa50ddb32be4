// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto

/// Signed webhooks about distinct payments: `payment.captured`, one for each attempt that was opened beforehand.
///
/// What stands before the clock: orders through the API, and an attempt for each, opened in bulk by the functions with which the
/// server opens them, so that no provider has to be asked. What is measured is the server's whole work: signature, event,
/// payment, order, ledger, outbox, commit.
final class WebhookTraffic: Traffic {
    let name: String
    private let orders: OrderTraffic
    private let attempts: AttemptStore
    private let signer: HMACSHA256
    private let requests: RequestBytes
    private let preparedMax: Int?
    private let now: Int64
    private var preparing = 0
    /// Orders without an attempt yet, by their index in `orders.sent`.
    private var unopened: [(order: OrderID, user: UserID, amount: Int64)] = []
    private var ready: [Int] = []
    private(set) var events: [SentEvent] = []
    /// Of each event.
    private var bytes: [[UInt8]] = []
    private var doubts: [Int] = []

    /// - Parameters:
    ///   - count: events of each round; nil: as many as the rest of the run may need, or as there are buyers.
    ///   - now: seconds since 1970, for the events' `created_at`.
    init(
        _ name: String, orders: OrderTraffic, attempts: AttemptStore, secret: String, count: Int?, now: Int64
    ) {
        self.name = name
        self.orders = orders
        self.attempts = attempts
        signer = HMACSHA256(key: Array(secret.utf8))
        requests = orders.carts.requests
        preparedMax = count
        self.now = now
    }

    var preparation: String? { preparing > 0 ? "\(name): \(unopened.count) orders are placed" : nil }
    var isReady: Bool { !ready.isEmpty }
    var shortage: BenchError { orders.shortage }

    func beginRound(wanting count: Int?) {
        preparing = min(count ?? .max, preparedMax ?? orders.carts.buyers.count) - ready.count
        orders.beginRound(wanting: preparing)
    }

    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool {
        guard preparing > 0 else { return false }
        if try await !orders.prepare(on: connection) {
            guard orders.preparedCount > 0 || orders.carts.hasIdle else { return false }
            orders.beginRound(wanting: preparing)
        }
        guard let order = orders.takePrepared() else { return orders.carts.hasIdle }
        preparing -= 1
        let (index, verdict) = await orders.place(order, on: connection, start: .max)
        switch (verdict, orders.sent[index].outcome) {
        case (.ok, .acknowledged(let answer)):
            unopened.append((answer.id, orders.sent[index].user, answer.total))
        case (.lost(let failure), _): throw failure
        default: orders.carts.tally.add(verdict)
        }
        return true
    }

    func notePreparation(_ failure: ExchangeFailure) {
        orders.notePreparation(failure)
    }

    func endPreparing() async throws {
        preparing = 0
        let opening = unopened
        unopened = []
        for attempt in try await attempts.open(opening.map { ($0.order, $0.user) }) {
            ready.append(events.count)
            let event = SentEvent(attempt: attempt, outcome: .inDoubt)
            let body = event.body(at: now)
            bytes.append(requests.webhook(body: body, signature: signer.code(body).hex, event: event.id))
            events.append(event)
        }
    }

    func send(on connection: LoadConnection, start: UInt64) async -> Verdict? {
        guard let index = ready.popLast() else { return nil }
        do throws(ExchangeFailure) {
            let exchange = try await connection.exchange(bytes[index])
            switch exchange.answer.status {
            case 200..<300:
                events[index].outcome = .acknowledged
                return .ok(exchange, since: min(start, exchange.sentAt))
            case 400..<500:
                let code = RefusalCode.of(exchange.answer)
                events[index].outcome = .refused(code)
                return .refused(code)
            default:
                doubts.append(index)
                return .failed(RefusalCode.of(exchange.answer))
            }
        } catch {
            doubts.append(index)
            return .lost(error)
        }
    }

    /// As the provider does: the same event again until it is acknowledged.
    func settle(on connection: LoadConnection, _ patience: Patience) async {
        await orders.settle(on: connection, patience)
        for index in doubts {
            while patience.isLeft, events[index].outcome == .inDoubt {
                if let status = try? await connection.exchange(bytes[index]).answer.status, status < 500 {
                    events[index].outcome = status < 300 ? .acknowledged : .refused("status-\(status)")
                } else {
                    await patience.pause()
                }
            }
        }
        // What was never sent has no outcome, and must have had no effect.
        for index in ready { events[index].outcome = .unsent }
    }

    func mismatches(in store: BenchStore) async throws -> [String]? {
        let stored = try await store.payments(of: events)
        return (try await orders.mismatches(in: store) ?? [])
            + events.flatMap { $0.mismatches(with: stored[$0.attempt.id]) }
    }
}
