// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import MarketCore
internal import UVRuntime

/// The variants whose rows somebody keeps locked: their orders go to a lane of their own, with its own connection and small
/// bound, so that a row locked by hand stops one variant and not all (hot path rule 14).
///
/// A variant comes in when a batch ran into its lock time-out and the row was locked by others each time we looked; it
/// leaves with the first order of its lane that is placed.
///
/// - Isolation: on one loop with the order actor; only the look at the database awaits.
final actor StuckVariants: LoopActor {
    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let inventory: InventoryDirectory
    private let logger: Logger
    private var variants: Set<VariantID> = []

    /// More at a time is no row locked by hand, but a table or a database that stands still: nothing is gained by lanes.
    static let variantsMax = 256
    /// Looks at the locks; a row that a passing batch had locked is free in one of them.
    private static let looks = 3
    /// Between two looks. The batch that was sent behind runs into the same lock, and keeps the rows that it has by then until its own
    /// lock time-out (400 ms): the looks outlast it.
    private static let pause = Duration.milliseconds(250)

    init(executor: LoopExecutor, clock: any LoopClock, inventory: InventoryDirectory, logger: Logger) {
        self.executor = executor
        self.clock = clock
        self.inventory = inventory
        self.logger = logger
    }

    /// Whether one of the lines is of a stuck variant.
    func holds(_ lines: [StockLine]) -> Bool {
        !variants.isEmpty && lines.contains { variants.contains($0.variant) }
    }

    /// Which of several orders have a line of a stuck variant.
    func which(_ orders: [[StockLine]]) -> [Bool] { orders.map { holds($0) } }

    /// Finds the stuck ones among the variants of a batch that ran into a lock time-out, and takes them in.
    func find(among lines: [[StockLine]]) async {
        var suspects = Set(lines.joined().map(\.variant))
        for look in 0..<Self.looks where !suspects.isEmpty {
            if look > 0 { await rest() }
            do throws(JournalError) {
                suspects.subtract(try await inventory.unlocked(among: Array(suspects)))
            } catch {
                return  // who cannot look knows nothing
            }
        }
        guard !suspects.isEmpty, variants.count + suspects.count <= Self.variantsMax else { return }
        variants.formUnion(suspects)
        logger.warning(
            "rows of stock are locked by others; their orders go to a lane of their own",
            metadata: ["variants": "\(suspects.map { "\($0)" }.sorted().prefix(8))"])
    }

    /// An order with these lines was placed: nobody keeps their rows locked.
    func placed(_ lines: [StockLine]) {
        guard holds(lines) else { return }
        variants.subtract(lines.map(\.variant))
        logger.notice("rows of stock are free again", metadata: ["variants": "\(lines.map { "\($0.variant)" })"])
    }

    /// How many there are.
    var count: Int { variants.count }

    private func rest() async {
        // Only a continuation that is never resumed could throw here; there is none.
        try? await clock.pause(for: Self.pause)
    }
}
