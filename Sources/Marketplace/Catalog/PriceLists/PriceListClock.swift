// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import Postgres
public import UVRuntime

/// Lets price lists begin and end, for the process that leads: within a second of their time.
///
/// No order rests on it: a list is in force while its row says so, for everybody alike, and the row's change raises the offers
/// that it touches.
///
/// - Isolation: an actor on the process's first loop.
public final actor PriceListClock: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let store: PriceListStore
    private let logger: Logger
    private let changed: @Sendable ([VariantID]) async -> Void
    private var isRunning = false

    /// Entries of one statement, each of which may raise an offer; one list, which has a thousand at most, is always done.
    static let batch = 2000

    /// - Parameter changed: told of variants that have another price for somebody.
    public init(
        executor: LoopExecutor, postgres: any PostgresClient, logger: Logger,
        changed: @escaping @Sendable ([VariantID]) async -> Void
    ) {
        self.executor = executor
        store = PriceListStore(client: postgres)
        self.logger = logger
        self.changed = changed
    }

    /// Applies what is due, once a call; a call during another does nothing.
    public func tick() async {
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        do {
            let variants = try await store.apply(limit: Self.batch)
            if !variants.isEmpty { await changed(variants) }
        } catch {
            logger.warning("price lists were not applied", metadata: ["reason": "\(error)"])
        }
    }
}
