// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
internal import Metrics
public import UVRuntime

/// What a provider said about one payment, from whichever of the three inputs: webhook, verify, poller.
public struct PaymentMessage: Sendable {
    /// What the message asks the books to do.
    public enum Kind: Int16, Sendable {
        /// Kept in the inbox only: an event that changes nothing here.
        case ignored = 0
        /// The attempt failed.
        case failed = 1
        /// The bank said yes, the money is not taken.
        case authorized = 2
        /// The money is taken.
        case captured = 3
    }

    /// The provider's inbox event; nil when our own question brought the news (verify, poller).
    public struct Event: Sendable {
        /// Unique per event and provider; deliveries of one event share it.
        public let id: String
        /// The provider's name of the event, such as `payment.captured`.
        public let type: String
        /// SHA-256 of `body`.
        public let bodyHash: Hash32
        /// The received bytes.
        public let body: [UInt8]

        /// States an event.
        public init(id: String, type: String, bodyHash: Hash32, body: [UInt8]) {
            self.id = id
            self.type = type
            self.bodyHash = bodyHash
            self.body = body
        }
    }

    /// A payment as the provider describes it.
    public struct Snapshot: Sendable {
        /// The provider's order, if it names one.
        public let order: String?
        /// The provider's payment.
        public let payment: String
        /// Minor units of the payment.
        public let amount: Int64
        /// ISO 4217 as the provider wrote it.
        public let currency: String
        /// card, upi …
        public let method: String?
        /// The provider's error code and text of a failed payment.
        public let failure: (code: String?, message: String?)

        /// States a payment.
        public init(
            order: String?, payment: String, amount: Int64, currency: String, method: String?,
            failure: (code: String?, message: String?) = (nil, nil)
        ) {
            self.order = order
            self.payment = payment
            self.amount = amount
            self.currency = currency
            self.method = method
            self.failure = failure
        }
    }

    /// What it means.
    public let kind: Kind
    /// The inbox event, if one was delivered.
    public let event: Event?
    /// The payment it speaks of; present for every kind but `ignored`.
    public let payment: Snapshot?
    /// Who says so, into history: `razorpay`, `verify`, `poller`.
    public let source: String
    /// The request that brought it.
    public let requestID: String?
    /// The ledger entry that a capture makes; made by us so that a resend changes nothing.
    public let ledgerEntry: JournalEntryID

    /// States a message.
    public init(
        kind: Kind, event: Event?, payment: Snapshot?, source: String, requestID: String?, ledgerEntry: JournalEntryID
    ) {
        precondition(kind == .ignored || payment != nil, "only an ignored event speaks of no payment")
        self.kind = kind
        self.event = event
        self.payment = payment
        self.source = source
        self.requestID = requestID
        self.ledgerEntry = ledgerEntry
    }

    /// A batch holds one message per provider order and payment: two of one target would apply in no defined order (rule 1).
    var exclusionKeys: [Int64] {
        [payment?.order, payment?.payment, event?.id].compactMap { $0.map(StableHash.of) }
    }
}

/// What became of one message.
public struct PaymentOutcome: Sendable, Equatable {
    /// The kinds of outcome; raw values are the batch function's codes.
    public enum Code: Int16, Sendable {
        /// Recorded and applied as far as it goes.
        case applied = 0
        /// Another transaction works on the event or order: nothing was done, it goes into the next batch.
        case busy = 1
        /// The same event with the same body was there already.
        case duplicate = 2
        /// The same event id with another body: kept for a person, nothing applied.
        case conflict = 3
        /// Kept; the object it speaks of is not known yet.
        case waiting = 4
        /// Kept; it changes nothing.
        case ignored = 5
        /// The payment had got that far before.
        case unchanged = 6
        /// The provider's payment belongs to another attempt of ours.
        case refused = 7
    }

    /// What happened.
    public let code: Code
    /// Our order, where one is known.
    public let order: OrderID?
    /// Our attempt, where one is known.
    public let payment: PaymentID?
    /// Whether this message confirmed the order.
    public let confirmedOrder: Bool

    /// States an outcome.
    public init(code: Code, order: OrderID? = nil, payment: PaymentID? = nil, confirmedOrder: Bool = false) {
        self.code = code
        self.order = order
        self.payment = payment
        self.confirmedOrder = confirmedOrder
    }
}

/// Where the payment actor writes. Implemented by the payments' store and by the simulator.
public protocol PaymentJournal: Sendable {
    /// Commits a batch in one transaction: event rows, transitions, orders, ledger, outbox. Returns after COMMIT.
    func apply(_ messages: [PaymentMessage]) async throws(JournalError) -> [PaymentOutcome]
}

/// Applies what providers say, several messages per transaction, one per order at a time.
///
/// - Isolation: an actor on its loop; its batches never wait for anything but the journal.
public final actor PaymentActor: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let mailboxes: [BatchingMailbox<PaymentMessage, PaymentOutcome>]
    /// Batches in which a message may find its order busy, about 2 s; then the provider sends it again.
    private static let busyAttemptsMax = 24

    /// Makes `shardCount` mailboxes (a power of two), sharded by provider order.
    public init(
        executor: LoopExecutor, clock: any LoopClock, shardCount: Int, limits: PaymentLimits,
        journal: any PaymentJournal, logger: Logger, random: @escaping @Sendable () -> UInt64
    ) {
        precondition(shardCount > 0 && shardCount & (shardCount - 1) == 0, "shard counts are powers of two")
        self.executor = executor
        self.clock = clock
        let retry = BatchRetry<PaymentMessage, PaymentOutcome>(
            actor: "payment", clock: clock, limits: limits.retry, logger: logger, random: random
        ) { messages, _ throws(JournalError) in
            CrashPoint.reach(.paymentSent, EventLoop.afterFlush)
            let outcomes = try await journal.apply(messages)
            CrashPoint.reach(.paymentReplyReceived)
            return outcomes
        }
        let sizes = Recorder(label: "mve_batch_size", dimensions: [("actor", "payment")])
        let gate = FlightGate(executor: executor, places: limits.inFlight)
        mailboxes = (0..<shardCount).map { _ in
            BatchingMailbox(
                executor: executor,
                limits: .init(
                    capacity: limits.capacity, batch: limits.batch, inFlight: limits.inFlight,
                    halvedFrom: limits.halvedFrom), clock: clock,
                gate: gate,
                keys: { $0.exclusionKeys }
            ) { batch in
                sizes.record(batch.count)
                CrashPoint.reach(.paymentBatchTaken)
                return await retry.write(batch)
            }
        }
    }

    /// Applies one message; returns after its commit.
    ///
    /// - Throws: `MailboxError`, `JournalError`: then the provider must send it again.
    public func apply(_ message: PaymentMessage) async throws -> PaymentOutcome {
        // All messages of one provider order meet in one mailbox.
        let mailbox = mailboxes[ShardHash.index(message.exclusionKeys.first ?? 0, count: mailboxes.count)]
        for attempt in 0..<Self.busyAttemptsMax {
            let outcome = try await mailbox.send(message)
            guard outcome.code == .busy else { return outcome }
            try await clock.pause(for: .milliseconds(min(5 << min(attempt, 5), 100)))
        }
        throw JournalError.stuck
    }

    /// Messages that wait for a batch.
    public var depth: Int {
        get async {
            var sum = 0
            for mailbox in mailboxes { sum += await mailbox.depth }
            return sum
        }
    }

    /// The same, each shard by itself.
    public var depths: [Int] {
        get async {
            var depths: [Int] = []
            for mailbox in mailboxes { depths.append(await mailbox.depth) }
            return depths
        }
    }

    /// Refuses new messages and waits for the queued ones.
    public func shutDown() async throws {
        for mailbox in mailboxes { try await mailbox.drainAndClose() }
    }
}

/// Bounds of the payment actor.
public struct PaymentLimits: Sendable {
    /// Messages that may wait, per shard.
    public var capacity: Int
    /// Messages in one transaction.
    public var batch: Int
    /// Transactions that are sent at a time over all shards, as in `OrderLimits`.
    public var inFlight: Int
    /// A batch of more is at most half of those that are here, as in `OrderLimits`.
    public var halvedFrom: Int
    /// Resends.
    public var retry: RetryLimits

    /// States the bounds.
    public init(
        capacity: Int = 4096, batch: Int = 128, inFlight: Int = 2, halvedFrom: Int = 16,
        retry: RetryLimits = RetryLimits()
    ) {
        self.halvedFrom = halvedFrom
        self.capacity = capacity
        self.batch = batch
        self.inFlight = inFlight
        self.retry = retry
    }
}

/// A hash that is the same in every process and run (FNV-1a, 64 bits); Swift's own is seeded anew each time.
enum StableHash {
    static func of(_ text: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}
