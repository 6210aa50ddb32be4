// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import Postgres
public import UVRuntime

/// Lets holidays of sellers begin and end, for the process that leads: within a minute of their time.
///
/// No order rests on it: a seller is on holiday while its row says so, and the row's change reaches its products and raises their
/// offers by triggers (migration 0005). What processes remember of them goes once they are told.
///
/// - Isolation: an actor on the process's first loop.
public final actor HolidayClock: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let client: any PostgresClient
    private let logger: Logger
    private let changed: @Sendable ([SellerID]) async -> Void
    private var isRunning = false
    private var nextLook: UInt64 = 0

    /// Between two looks: holidays are days, a minute of which nobody misses.
    static let pause: Duration = .seconds(60)

    /// Makes one; a timer calls `applyWhenDue`.
    ///
    /// - Parameter changed: told of sellers whose goods can be bought again, or not any more.
    public init(
        executor: LoopExecutor, clock: any LoopClock, postgres: any PostgresClient, logger: Logger,
        changed: @escaping @Sendable ([SellerID]) async -> Void
    ) {
        self.executor = executor
        self.clock = clock
        client = postgres
        self.logger = logger
        self.changed = changed
    }

    /// Looks, unless it did within the last minute.
    public func applyWhenDue() async {
        guard clock.now >= nextLook else { return }
        nextLook = clock.now + Self.pause.wholeMilliseconds * 1_000_000
        await apply()
    }

    /// Lets begin and end what is due; a call during another does nothing.
    public func apply() async {
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        do {
            let sellers = try await SellerStore.applyHolidays(in: client)
            if !sellers.isEmpty { await changed(sellers) }
        } catch {
            // Found again by the next look.
            logger.warning("holidays of sellers were not applied", metadata: ["reason": "\(error)"])
        }
    }
}
