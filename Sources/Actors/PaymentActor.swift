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
        /// The bank said yes, the money is not taken.
        case authorized = 1
        /// The money is taken.
        case captured = 2
        /// The attempt failed.
        case failed = 3
    }

    /// Unique per event and provider; deliveries of one event share it.
    public let eventID: String
    /// The provider's name of the event, such as `payment.captured`.
    public let eventType: String
    /// SHA-256 of `body`.
    public let bodyHash: Hash32
    /// The received bytes.
    public let body: [UInt8]
    /// What it means.
    public let kind: Kind
    /// The provider's order, if the event names one.
    public let providerOrder: String?
    /// The provider's payment, if the event names one.
    public let providerPayment: String?
    /// Minor units of the payment.
    public let amount: Int64
    /// ISO 4217 as the provider wrote it.
    public let currency: String
    /// card, upi …
    public let method: String?
    /// The provider's error code of a failed payment.
    public let failureCode: String?
    /// The provider's error text.
    public let failureMessage: String?
    /// Who brought it: `webhook`, `verify`, `poller`.
    public let source: String

    /// States a message.
    public init(
        eventID: String, eventType: String, bodyHash: Hash32, body: [UInt8], kind: Kind, providerOrder: String?,
        providerPayment: String?, amount: Int64, currency: String, method: String?, failureCode: String?,
        failureMessage: String?, source: String
    ) {
        self.eventID = eventID
        self.eventType = eventType
        self.bodyHash = bodyHash
        self.body = body
        self.kind = kind
        self.providerOrder = providerOrder
        self.providerPayment = providerPayment
        self.amount = amount
        self.currency = currency
        self.method = method
        self.failureCode = failureCode
        self.failureMessage = failureMessage
        self.source = source
    }

    /// A batch holds one message per provider order: two of one order would apply in no defined order (rule 1).
    var exclusionKeys: [Int64] {
        [StableHash.of(providerOrder ?? providerPayment ?? eventID), StableHash.of(eventID)]
    }
}

/// What became of one message.
public enum PaymentOutcome: Sendable, Equatable {
    /// Recorded and applied as far as it goes.
    case applied
    /// The same event with the same body was there already.
    case duplicate
    /// The same event id with another body: kept for a person, nothing applied.
    case conflict
    /// Kept; it changes nothing.
    case ignored
    /// Kept; the object it speaks of is not known yet.
    case waiting
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
    private let mailboxes: [BatchingMailbox<PaymentMessage, PaymentOutcome>]

    /// Makes `shardCount` mailboxes (a power of two), sharded by provider order.
    public init(
        executor: LoopExecutor, clock: any LoopClock, shardCount: Int, limits: PaymentLimits,
        journal: any PaymentJournal, logger: Logger, random: @escaping @Sendable () -> UInt64
    ) {
        precondition(shardCount > 0 && shardCount & (shardCount - 1) == 0, "shard counts are powers of two")
        self.executor = executor
        let retry = BatchRetry<PaymentMessage, PaymentOutcome>(
            actor: "payment", clock: clock, limits: limits.retry, logger: logger, random: random
        ) { messages, _ throws(JournalError) in
            try await journal.apply(messages)
        }
        let sizes = Recorder(label: "mve_batch_size", dimensions: [("actor", "payment")])
        mailboxes = (0..<shardCount).map { _ in
            BatchingMailbox(
                executor: executor,
                limits: .init(capacity: limits.capacity, batch: limits.batch, inFlight: limits.inFlight),
                keys: { $0.exclusionKeys }
            ) { batch in
                sizes.record(batch.count)
                return await retry.write(batch)
            }
        }
    }

    /// Applies one message; returns after its commit.
    ///
    /// - Throws: `MailboxError`, `JournalError`: then the provider must send it again.
    public func apply(_ message: PaymentMessage) async throws -> PaymentOutcome {
        let key = message.exclusionKeys[0]
        return try await mailboxes[ShardHash.index(key, count: mailboxes.count)].send(message)
    }

    /// Messages that wait for a batch.
    public var depth: Int {
        get async {
            var sum = 0
            for mailbox in mailboxes { sum += await mailbox.depth }
            return sum
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
    /// Transactions at a time, per shard.
    public var inFlight: Int
    /// Resends.
    public var retry: RetryLimits

    /// States the bounds.
    public init(capacity: Int = 4096, batch: Int = 128, inFlight: Int = 2, retry: RetryLimits = RetryLimits()) {
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
