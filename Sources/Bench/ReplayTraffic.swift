// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import Redis

/// Requests whose keys are finished: orders that were placed before, sent again, octet for octet.
///
/// Which level answers is forced, not hoped for (loadtest/README.md): the server's memory keeps 24 MB of answers, first in first
/// out, so keys in a circle that is longer are never found there; PostgreSQL answers once Redis is emptied, each key once.
/// A server that did not place the orders remembers none of them either. Redis's own counters prove the level.
final class ReplayTraffic: Traffic {
    enum Level: String, CaseIterable { case memory, redis, postgres }

    /// More orders than the server's memory keeps: 24 MB in 16 shards, at 2 KB or more each, with room for uneven shards.
    static let keysBeyondMemory = 20_000

    let name: String
    private let orders: OrderTraffic
    private let level: Level
    private let keysMax: Int
    private let redis: RedisClient?
    /// To the server that places the orders, where that is another one; a connection is taken for each preparation.
    private var preparing: [LoadConnection]
    let extraConnections: [LoadConnection]
    private var finished: [Finished] = []
    /// Orders that are being placed.
    private var placing = 0
    private var position = 0
    private var passes = 0
    private var replays = 0
    private var differences: [String] = []
    private var countersBefore: RedisCounters?

    /// A request and the answer that it must get again.
    private struct Finished {
        let key: String
        let request: [UInt8]
        let status: Int
        let body: [UInt8]
    }

    private static let differencesMax = 20

    /// - Parameters:
    ///   - redis: the server's, to prove the level by; needed for `redis` and `postgres`.
    ///   - preparing: connections to another server of the same shop, as many as the run has; empty to prepare with the same one.
    init(
        _ name: String, orders: OrderTraffic, level: Level, keys: Int, redis: RedisClient?,
        preparing: [LoadConnection]
    ) {
        self.name = name
        self.orders = orders
        self.level = level
        keysMax = keys
        self.redis = redis
        self.preparing = preparing
        extraConnections = preparing
    }

    /// Whether a key that was replayed is forgotten by the time its turn comes again.
    private var isCircular: Bool { level == .memory || finished.count >= Self.keysBeyondMemory }
    var preparation: String? { finished.count < keysMax ? "\(name): \(finished.count) orders are placed" : nil }
    var isReady: Bool { position < finished.count && (passes == 0 || isCircular) }

    var shortage: BenchError {
        finished.isEmpty
            ? orders.shortage
            : .usage("each of \(finished.count) keys was replayed once; a second time memory would answer")
    }

    func beginRound(wanting count: Int?) {
        if passes == 0 { orders.beginRound(wanting: keysMax - finished.count) }
        if position >= finished.count, !finished.isEmpty {
            position = 0
            passes += 1
        }
    }

    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool {
        guard finished.count + placing < keysMax, passes == 0 else { return false }
        placing += 1
        defer { placing -= 1 }
        let measured = connection
        let other = preparing.popLast()
        defer { if let other { preparing.append(other) } }
        let connection = other ?? measured
        // A round of the buyers gives an order each; there are more rounds until there are keys enough.
        if try await !orders.prepare(on: connection) {
            guard orders.preparedCount > 0 || orders.carts.hasIdle else { return false }
            orders.beginRound(wanting: keysMax - finished.count)
        }
        guard let order = orders.takePrepared() else { return orders.carts.hasIdle }
        let (_, verdict) = await orders.place(order, on: connection, start: .max)
        switch verdict {
        case .ok(let exchange, _):
            finished.append(
                Finished(
                    key: order.key, request: order.request, status: exchange.answer.status, body: exchange.answer.body))
            // Who replays has asked for something before: a replay is measured, not the first look at a token.
            if other != nil { _ = try await measured.exchange(greeting(of: order.buyer)) }
        case .refused, .failed: orders.carts.tally.add(verdict)
        case .lost(let failure): throw failure
        }
        return true
    }

    private func greeting(of buyer: Int) -> [UInt8] {
        orders.carts.requests.get("/api/notifications/unread-count/", token: orders.carts.buyers[buyer].token)
    }

    func notePreparation(_ failure: ExchangeFailure) {
        orders.notePreparation(failure)
    }

    func endPreparing() async throws {
        guard let redis else { return }
        if level == .postgres { _ = try await redis.command([Array("FLUSHALL".utf8)]) }
        if countersBefore == nil { countersBefore = try await RedisCounters.read(redis) }
    }

    func send(on connection: LoadConnection, start: UInt64) async -> Verdict? {
        if position >= finished.count {
            guard isCircular, level != .postgres else { return nil }
            position = 0
            passes += 1
        }
        let wanted = finished[position]
        position += 1
        do throws(ExchangeFailure) {
            let exchange = try await connection.exchange(wanted.request)
            guard exchange.answer.status < 500 else { return .failed(RefusalCode.of(exchange.answer)) }
            guard exchange.answer.isReplay, exchange.answer.status == wanted.status,
                Self.isEqual(exchange.answer.body, wanted.body)
            else {
                note(exchange.answer, wanted)
                return .refused("not-the-same")
            }
            replays += 1
            return .ok(exchange, since: min(start, exchange.sentAt))
        } catch {
            return .lost(error)
        }
    }

    /// By one call for all octets: the generator shares the processor with what it measures.
    private static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return one.withUnsafeBytes { one in
            other.withUnsafeBytes { other in
                guard let one = one.baseAddress, let start = other.baseAddress else { return true }
                return memcmp(one, start, other.count) == 0
            }
        }
    }

    private func note(_ answer: ResponseParser.Answer, _ wanted: Finished) {
        guard differences.count < Self.differencesMax else { return }
        let how =
            answer.status != wanted.status
            ? "with \(answer.status) \(RefusalCode.of(answer)) instead of \(wanted.status)"
            : answer.body != wanted.body ? "with another body" : "without Idempotent-Replayed"
        differences.append("key \(wanted.key) was answered \(how)")
    }

    func settle(on connection: LoadConnection, _ patience: Patience) async {
        await orders.settle(on: connection, patience)
        guard let redis, let before = countersBefore else { return }
        guard let after = try? await RedisCounters.read(redis) else {
            differences.append("Redis's counters could not be read")
            return
        }
        if let complaint = before.complaint(until: after, level, replays) { differences.append(complaint) }
    }

    func mismatches(in store: BenchStore) async throws -> [String]? {
        (try await orders.mismatches(in: store) ?? []) + differences
    }
}
