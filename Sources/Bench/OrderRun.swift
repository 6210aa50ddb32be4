// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

/// Places orders from carts until the time is over or the buyers are used up.
///
/// Rounds alternate: carts are filled (not measured), then the orders of those carts are sent (measured). A buyer whose
/// order was answered takes part in the next round. In the mixed mode each iteration fills a cart and orders it, both
/// measured. With prefilled carts nothing is filled: each buyer's cart is read, and ordered once.
final actor OrderRun: LoadRun {
    nonisolated let executor: LoopExecutor
    let loop: EventLoop
    let settings: LoadSettings
    let say: Say
    let connections: [LoadConnection]
    let mix: OrderMix
    let buyers: [Buyer]
    let variants: [VariantID]
    let requests: RequestBytes
    /// Names this run in keys and notes.
    let name: String
    var meter: UsageMeter
    var progress = Progress()
    var arrivals: Arrivals?
    var random: SeededRandom

    /// Buyers without a prepared order, by index; taken from the front.
    var idle: [Int]
    var idleStart = 0
    /// Filled carts, taken from the front.
    var prepared: [PreparedOrder] = []
    var preparedStart = 0
    var preparing = 0
    var orders = Tally()
    /// Filling carts; in the mixed mode measured, otherwise counted to explain why fewer were prepared.
    var carts = Tally()
    /// Keys made so far.
    var keys = 0
    var sent: [SentOrder] = []
    /// Requests in doubt: indices in `sent`, with what is sent again.
    var doubts: [(index: Int, request: [UInt8])] = []

    /// An order that only has to be sent.
    struct PreparedOrder {
        let buyer: Int
        let key: String
        let total: Int64
        let request: [UInt8]
    }

    /// - Parameter seed: decides which SKUs are chosen, and the run's name.
    init(
        _ settings: LoadSettings, mix: OrderMix, buyers: [Buyer], variants: [VariantID], postmasterPID: Int32?,
        seed: UInt64, on loop: EventLoop, say: @escaping Say
    ) {
        executor = loop
        self.loop = loop
        self.settings = settings
        self.say = say
        self.mix = mix
        self.buyers = buyers
        self.variants = variants
        connections = (0..<settings.connections).map { _ in
            LoadConnection(to: settings.target, on: loop, keepsBodies: true)
        }
        requests = RequestBytes(authority: settings.target.authority)
        random = SeededRandom(seed: seed)
        name = "bench-" + String(random.next(), radix: 16)
        idle = Array(buyers.indices)
        meter = UsageMeter(serverPID: settings.serverPID, postmasterPID: postmasterPID)
    }

    var measured: Tally { orders }
    var preparation: String? { preparing > 0 ? "filling carts: \(prepared.count - preparedStart) done" : nil }

    /// Runs to its end; afterwards no order is in doubt, or it is a mismatch.
    func run() async throws {
        try await withTicker {
            if mix.isMixed { try await runMixed() } else { try await runRounds() }
        }
        await resolveDoubts()
        for connection in connections { await connection.close() }
    }

    private func runMixed() async throws {
        try await prepareFirst()
        startMeasuring()
        await everyone { run, connection in await run.fillAndOrder(on: connection) }
        meter.stop()
    }

    private func runRounds() async throws {
        while meter.elapsed < settings.duration.nanoseconds, ordersLeft > 0 {
            if sent.isEmpty { try await prepareFirst() }
            preparing = cartsWanted - (prepared.count - preparedStart)
            await everyone { run, connection in await run.prepare(on: connection) }
            let count = prepared.count - preparedStart
            guard count > 0 else {
                say("there are no more carts: \(carts.refusals) \(carts.errors)")
                return
            }
            say("\(count) carts are filled")
            startMeasuring()
            await everyone { run, connection in await run.order(on: connection) }
            meter.stop()
        }
    }

    /// One cart first, so that a server that is not there, or refuses these tokens, is said at once.
    private func prepareFirst() async throws {
        while let buyer = takeBuyer() {
            let order: PreparedOrder?
            do throws(ExchangeFailure) {
                order = try await preparedOrder(of: buyer, on: connections[0])
            } catch {
                throw BenchError.unreachable("\(settings.target.address) does not answer: \(error.name)")
            }
            if let order { return prepared.append(order) }
            // A buyer whose cart an earlier run has used is passed over.
            guard carts.refusals.keys.allSatisfy({ $0.hasPrefix("cart-") }), carts.errors.isEmpty else {
                throw BenchError.unreachable("the first cart cannot be had: \(carts.refusals) \(carts.errors)")
            }
        }
        throw BenchError.usage(
            "no cart holds \(mix.lines) lines: \(carts.refusals); mve seed --skus N --buyers N fills carts")
    }

    /// Orders that may still be sent.
    var ordersLeft: Int { (settings.ordersMax ?? .max) - sent.count }

    /// As many carts as the rest of the time may need, a fifth more than at the rate so far.
    private var cartsWanted: Int {
        let elapsed = Double(meter.elapsed)
        let left = Double(settings.duration.nanoseconds) - elapsed
        let estimate = elapsed > 0 && !sent.isEmpty ? Double(sent.count) / elapsed * left * 1.2 : Double(buyers.count)
        return min(ordersLeft, Int(estimate) + connections.count)
    }

    // MARK: Queues

    func takeBuyer() -> Int? {
        guard idleStart < idle.count else { return nil }
        defer { idleStart += 1 }
        if idleStart > 4096, idleStart * 2 > idle.count {
            idle.removeFirst(idleStart)
            idleStart = 0
        }
        return idle[idleStart]
    }

    /// A buyer whose order was answered may order again, but a seeded cart is used once.
    func release(_ buyer: Int) {
        if !settings.isPrefilled { idle.append(buyer) }
    }

    func takePrepared() -> PreparedOrder? {
        guard preparedStart < prepared.count else { return nil }
        let order = prepared[preparedStart]
        preparedStart += 1
        if preparedStart == prepared.count {
            prepared.removeAll(keepingCapacity: true)
            preparedStart = 0
        }
        return order
    }

    /// What the report and the reconciliation need.
    var outcome: Outcome {
        Outcome(orders: orders, carts: mix.isMixed ? carts : nil, sent: sent, meter: meter)
    }

    struct Outcome: Sendable {
        let orders: Tally
        /// Filling carts, where it was measured.
        let carts: Tally?
        let sent: [SentOrder]
        let meter: UsageMeter
    }
}
