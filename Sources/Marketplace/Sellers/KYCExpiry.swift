// SPDX-License-Identifier: Apache-2.0
public import Logging
import MarketCore
import MarketHTTP
public import Postgres
public import UVRuntime

/// Lets documents of sellers end whose time is over: a verified one counts no more from the day after its `valid_until`, and the
/// seller has to prove anew what it proved.
///
/// The leader looks once an hour; what two do at once is done once, because the seller's row is locked and its documents say so.
/// The event `kyc.expired` is for the seller, once for each document; the examination moves to `needs_update` with one of its own.
///
/// - Isolation: an actor on the process's first loop.
public final actor KYCExpiry: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let pool: PostgresPool
    private let logger: Logger
    private var isSweeping = false
    private var nextSweep: UInt64 = 0

    /// How often it looks: a document's time ends with a day.
    static let pause: Duration = .seconds(3600)
    /// Sellers that are read at a time.
    static let batch = 100

    /// Makes one; a timer calls `sweepWhenDue`.
    public init(executor: LoopExecutor, clock: any LoopClock, pool: PostgresPool, logger: Logger) {
        self.executor = executor
        self.clock = clock
        self.pool = pool
        self.logger = logger
    }

    /// Looks, unless it did within the last hour.
    public func sweepWhenDue() async {
        guard clock.now >= nextSweep else { return }
        nextSweep = clock.now + Self.pause.wholeMilliseconds * 1_000_000
        await sweep()
    }

    /// Ends all documents whose time is over; returns how many. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        isSweeping = true
        defer { isSweeping = false }
        var ended = 0
        var last = SellerID(rawValue: .min)
        do {
            while true {
                let sellers = try await KYCStore.sellersToExpire(after: last, limit: Self.batch, in: pool)
                for seller in sellers { ended += await expireOrLog(seller) }
                guard sellers.count == Self.batch, let end = sellers.last else { return ended }
                last = end
            }
        } catch {
            // Found again by the next sweep.
            logger.warning("sellers with documents to end were not found", metadata: ["reason": "\(error)"])
            return ended
        }
    }

    /// Ends a seller's documents; one seller's that cannot be ended must not keep the others'.
    private func expireOrLog(_ id: SellerID) async -> Int {
        do {
            return try await expire(id)
        } catch {
            // Tried again by the next sweep.
            logger.warning("documents were not ended", metadata: ["seller": "\(id)", "reason": "\(error)"])
            return 0
        }
    }

    private func expire(_ id: SellerID) async throws -> Int {
        try await pool.withTransaction { transaction in
            guard let seller = try await SellerStore.lock(id, in: transaction) else { return 0 }
            let documents = try await KYCStore.expireDue(of: id, in: transaction)
            guard !documents.isEmpty else { return 0 }
            for document in documents {
                try await SellerLog.append(
                    SellerLog.expiry(of: document), of: id, by: .system, requestID: nil, in: transaction)
            }
            if case .moved(let status) = KYCStatus.machine.step(from: seller.kyc, .requireUpdate, by: .system) {
                try await SellerStore.setKYC(id, status, in: transaction)
                try await SellerLog.append(
                    .init(
                        subject: .kyc, event: KYCEvent.requireUpdate.rawValue, from: seller.kyc.rawValue,
                        to: status.rawValue, type: "kyc.\(status.rawValue)", reasonCode: "expired"), of: id,
                    by: .system,
                    requestID: nil, in: transaction)
            }
            return documents.count
        }
    }
}
