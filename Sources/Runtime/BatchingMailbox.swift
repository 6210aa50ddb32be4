// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// A bounded mailbox whose handler gets everything that queued while earlier batches were in flight, up to a maximum.
///
/// At low load a batch is one message and nothing waits for company; under load one commit carries many.
/// While batches are in flight another one goes only once as many messages wait as fly: a batch costs the database much
/// the same for one message as for ten, and the ten would be here by the time it is done. Where it is not done in time
/// (somebody else's lock, a lost reply), those who wait have waited for nothing, and another batch goes all the same.
/// Where senders come back only after their answer, all of them would soon be in one batch: the database would rest while we
/// answer, and we while it commits. A batch of more than `Limits.halvedFrom` is at most one half; the other is with us meanwhile.
/// Messages with the same exclusion key never share a batch and never fly in two batches at once; the later one keeps its
/// place and waits for the next batch (one message per order, one per cart).
///
/// - Isolation: an actor on its owner's executor. Messages of one key keep their order; others may overtake a waiting one.
public final actor BatchingMailbox<Message: Sendable, Reply: Sendable>: LoopActor {
    /// The bounds of one mailbox.
    public struct Limits: Sendable {
        /// Messages that may wait.
        public var capacity: Int
        /// Messages in one batch.
        public var batch: Int
        /// Batches handed to the handler and not yet answered, at most.
        public var inFlight: Int
        /// A batch of more messages takes at most half of those that wait and fly; nil: as many as it may.
        public var halvedFrom: Int?

        /// States all bounds.
        public init(capacity: Int, batch: Int, inFlight: Int, halvedFrom: Int? = nil) {
            precondition(capacity > 0 && batch > 0 && inFlight > 0, "a mailbox without room")
            precondition(halvedFrom.map { $0 > 0 } ?? true, "half of nothing")
            self.capacity = capacity
            self.batch = batch
            self.inFlight = inFlight
            self.halvedFrom = halvedFrom
        }
    }

    /// Handles one batch; gives one result per message, in the same order.
    public typealias Handler = @Sendable ([Message]) async -> [Result<Reply, any Error>]

    public nonisolated let executor: LoopExecutor
    /// The bounds given at start.
    public nonisolated let limits: Limits
    private let keys: @Sendable (Message) -> [Int64]
    private let handler: Handler
    private let gate: FlightGate?
    private var waitsAtGate = false
    private var queue = Deque<Entry>()
    private var flying: Set<Int64> = []
    private var inFlight = 0
    private var messagesInFlight = 0
    private var flyingBatches: [Int: [Entry]] = [:]
    private var batchesMade = 0
    private var drainScheduled = false
    private let clock: (any LoopClock)?
    private var patienceRuns = false
    private var patienceIsOver = false
    private var closed = false
    private var idleWaiters: [LoopContinuation<Void>] = []

    private struct Entry {
        let message: Message
        /// Its exclusion keys.
        let keys: [Int64]
        let continuation: LoopContinuation<Reply>
    }

    /// What waits longer than this beside a free flight does not wait for company any more; far longer than batches take.
    public static var patience: Duration { .milliseconds(100) }

    /// Makes an empty mailbox.
    ///
    /// - Parameters:
    ///   - clock: measures the patience; nil where no batch waits for company: one at a time, or of one message.
    ///   - gate: bounds the batches in flight of several mailboxes together, beside this one's own bound.
    ///   - keys: the exclusion keys of a message; none for messages that may always share a batch.
    ///   - handler: called on the executor of whatever it captures; results are matched by position.
    public init(
        executor: LoopExecutor, limits: Limits, clock: (any LoopClock)? = nil, gate: FlightGate? = nil,
        keys: @escaping @Sendable (Message) -> [Int64] = { _ in [] }, handler: @escaping Handler
    ) {
        self.executor = executor
        precondition(clock != nil || limits.inFlight == 1 || limits.batch == 1, "waiting for company needs a clock")
        self.limits = limits
        self.clock = clock
        self.gate = gate
        self.keys = keys
        self.handler = handler
    }

    /// Messages that wait for a batch.
    public var depth: Int { queue.count }

    /// Batches that are in flight.
    public var batchesInFlight: Int { inFlight }

    /// Messages that were taken and have no result yet: queued and in flight. For checks of what they hold.
    package var live: [Message] {
        queue.map(\.message) + flyingBatches.values.flatMap { $0.map(\.message) }
    }

    /// Queues a message and waits for its result.
    ///
    /// - Throws: `MailboxError` when it could not be queued, else the handler's error for this message.
    /// - Cancellation: does not take a queued message out: what it holds ends with its outcome.
    public func send(_ message: Message) async throws -> Reply {
        if closed { throw MailboxError.closed }
        guard queue.count < limits.capacity else { throw MailboxError.overloaded }
        return try await withLoopContinuation { continuation in
            queue.append(Entry(message: message, keys: keys(message), continuation: continuation))
            scheduleDrain()
        }
    }

    /// Lets the jobs that are ready now run first, so that what arrives in one loop iteration shares a batch.
    private func scheduleDrain() {
        guard !drainScheduled else { return }
        guard mayFly else { return beginPatience() }
        drainScheduled = true
        Task { drain() }
    }

    private var mayFly: Bool {
        // A full batch has no more company to wait for.
        inFlight < limits.inFlight && !queue.isEmpty
            && (queue.count >= min(messagesInFlight, limits.batch) || patienceIsOver)
    }

    /// One timer at a time, and only while something waits for company.
    private func beginPatience() {
        guard let clock, !patienceRuns, !queue.isEmpty, inFlight < limits.inFlight, !mayFly else { return }
        patienceRuns = true
        let flown = batchesMade
        _ = clock.schedule(after: Self.patience) { [weak self] in
            self?.assumeIsolated { $0.endPatience(sinceBatch: flown) }
        }
    }

    private func endPatience(sinceBatch flown: Int) {
        patienceRuns = false
        // A batch that flew since took those who waited longest.
        patienceIsOver = batchesMade == flown && inFlight > 0
        drain()
    }

    private func drain() {
        drainScheduled = false
        fly()
        endIfIdle()
    }

    /// Sends what may fly.
    private func fly() {
        while mayFly, enterGate() {
            patienceIsOver = false
            let batch = takeBatch()
            if batch.isEmpty {
                leaveGate()
                break
            }
            inFlight += 1
            messagesInFlight += batch.count
            batchesMade += 1
            let number = batchesMade
            flyingBatches[number] = batch
            Task { await run(batch, number) }
        }
        beginPatience()
    }

    private func endIfIdle() {
        guard queue.isEmpty && inFlight == 0 else { return }
        let waiters = idleWaiters
        idleWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    private func enterGate() -> Bool {
        guard let gate else { return true }
        guard !waitsAtGate else { return false }
        let mayGo = gate.assumeIsolated { gate in
            gate.enter { [weak self] in
                self?.assumeIsolated { mailbox in
                    mailbox.waitsAtGate = false
                    mailbox.drain()
                }
            }
        }
        waitsAtGate = !mayGo
        return mayGo
    }

    private func leaveGate() {
        gate?.assumeIsolated { $0.leave() }
    }

    /// How many may share the next batch. Rounded down: of an odd number the rest would be fewer than fly, and would wait.
    private var batchMost: Int {
        guard let halvedFrom = limits.halvedFrom else { return limits.batch }
        return min(limits.batch, max(halvedFrom, (queue.count + messagesInFlight) / 2))
    }

    private func takeBatch() -> [Entry] {
        var batch: [Entry] = []
        var passedOver = Deque<Entry>()
        var passedKeys: Set<Int64> = []
        // Looking at most one capacity deep is bounded by the queue's own bound.
        let most = batchMost
        while batch.count < most, let entry = queue.popFirst() {
            let own = entry.keys
            if own.contains(where: { flying.contains($0) || passedKeys.contains($0) }) {
                passedKeys.formUnion(own)
                passedOver.append(entry)
            } else {
                flying.formUnion(own)
                batch.append(entry)
            }
        }
        if !passedOver.isEmpty {
            passedOver.append(contentsOf: queue)
            queue = passedOver
        }
        return batch
    }

    private func run(_ batch: [Entry], _ number: Int) async {
        let results = await handler(batch.map { $0.message })
        precondition(results.count == batch.count, "a batch handler must answer every message")
        inFlight -= 1
        messagesInFlight -= batch.count
        leaveGate()
        flyingBatches[number] = nil
        for entry in batch {
            for key in entry.keys { flying.remove(key) }
        }
        // The next batch first: the database waits for it, and answers take a while.
        fly()
        for (entry, result) in zip(batch, results) {
            entry.continuation.resume(with: result)
        }
        endIfIdle()
    }

    /// Takes no more messages and waits until the queued ones are answered.
    public func drainAndClose() async throws {
        closed = true
        guard !(queue.isEmpty && inFlight == 0) else { return }
        try await withLoopContinuation { idleWaiters.append($0) }
    }
}
