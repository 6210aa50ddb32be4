// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import MarketCore
internal import UVRuntime

/// The variants whose rows somebody keeps locked: their orders go to a lane of their own, with its own connection and small
/// bound, so that a row locked by hand stops one variant and not all (hot path rule 14).
///
/// A variant comes in when a batch ran into its lock time-out and the row was locked by others each time we looked; it
/// leaves when it is seen unlocked, or with the first order of it that is placed.
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

    /// Which of several orders have no line of a stuck variant, by their places.
    func free(of orders: [[StockLine]]) -> [Int] { orders.indices.filter { !holds(orders[$0]) } }

    /// Finds the stuck ones among the variants of a batch that ran into a lock time-out, and takes them in.
    ///
    /// - Parameter oneIsEnough: do not look on once one of them is known, as the batch before may have found it meanwhile: those
    ///   that are not set aside with it run into their own time-out, should there be more.
    func find(among lines: [[StockLine]], oneIsEnough: Bool) async {
        let found: Set<VariantID>
        do throws(JournalError) {
            found = try await locked(among: Set(lines.joined().map(\.variant))) { [self] in
                oneIsEnough && lines.contains { holds($0) }
            }
        } catch {
            return  // who cannot look knows nothing
        }
        guard !found.isEmpty else { return }
        if variants.union(found).count > Self.variantsMax { await freeWhoeverNobodyOrders() }
        guard variants.union(found).count <= Self.variantsMax else { return }
        variants.formUnion(found)
        logger.warning(
            "rows of stock are locked by others; their orders go to a lane of their own",
            metadata: ["variants": "\(found.map { "\($0)" }.sorted().prefix(8))"])
    }

    /// What of several orders is to be sent one after the other, by their places: first those that are not stuck any more, then those of
    /// stuck variants alone. The others wait: they want rows of others as well, and would keep these for as long as they wait for the
    /// stuck one. They go once it is seen unlocked, or where nobody can look.
    func turns(of orders: [[StockLine]]) async -> [[Int]] {
        let suspects = Set(orders.filter(mixes).joined().map(\.variant)).intersection(variants)
        do throws(JournalError) {
            _ = try await locked(among: suspects) { false }
        } catch {
            // The lock time-out bounds what they keep.
            return [Array(orders.indices)]
        }
        return [free(of: orders), orders.indices.filter { holds(orders[$0]) && !mixes(orders[$0]) }]
    }

    /// Whether the lines are of stuck variants and of others.
    private func mixes(_ lines: [StockLine]) -> Bool {
        holds(lines) && lines.contains { !variants.contains($0.variant) }
    }

    /// Which rows are locked by others in each of several looks; what is seen unlocked is not stuck any more. None once `ended` says so.
    private func locked(
        among all: Set<VariantID>, ended: () -> Bool
    ) async throws(JournalError) -> Set<VariantID> {
        var suspects = all
        for look in 0..<Self.looks where !suspects.isEmpty {
            if look > 0 { await rest() }
            if ended() { return [] }
            let unlocked = try await inventory.unlocked(among: Array(suspects))
            suspects.subtract(unlocked)
            free(unlocked)
        }
        return suspects
    }

    /// An order with these lines was placed just now: nobody keeps their rows locked.
    func placed(_ lines: [StockLine]) {
        guard !variants.isEmpty else { return }
        free(Set(lines.map(\.variant)))
    }

    /// What is refused from memory meanwhile, or ordered by nobody, would stay for ever.
    private func freeWhoeverNobodyOrders() async {
        do throws(JournalError) {
            free(try await inventory.unlocked(among: Array(variants)))
        } catch {
            // They stay, and the next one who finds some looks again.
        }
    }

    private func free(_ unlocked: Set<VariantID>) {
        let freed = variants.intersection(unlocked)
        guard !freed.isEmpty else { return }
        variants.subtract(freed)
        logger.notice(
            "rows of stock are free again", metadata: ["variants": "\(freed.map { "\($0)" }.sorted().prefix(8))"])
    }

    /// How many there are.
    var count: Int { variants.count }

    private func rest() async {
        // Only a continuation that is never resumed could throw here; there is none.
        try? await clock.pause(for: Self.pause)
    }
}
