// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// The ids of the demo data: the same in every database, and none that a server makes.
///
/// Each kind of rows counts through the ids of its own day in January 2024 under one worker number. Servers make ids of the
/// present, so no id of theirs can ever be one of these, whatever worker number they have leased.
struct SeedNumbers {
    /// The days, one for each kind of rows. Never renumbered: databases hold ids made of them.
    enum Day: Int64 {
        case categories = 1
        case sellers, products, variants, movements, accounts
        case loadProducts, loadVariants, loadMovements
        case buyers, carts, sessions
        case cartLines
    }

    /// The highest worker number, which a server leases last.
    static let worker = IDLayout.workerMax

    private let generator: IDGenerator

    /// Starts at the first id of a day.
    init(_ day: Day) {
        let moment = Timestamp(seconds: IDLayout.epochMilliseconds / 1000 + day.rawValue * 86_400)
        guard let generator = IDGenerator(worker: Self.worker, clock: ManualClock(moment)) else {
            preconditionFailure("the highest worker number is a worker number")
        }
        self.generator = generator
    }

    /// The next one.
    func next() -> Int64 { generator.nextRawValue() }
}

/// Draws for one row: they depend on the row's number alone, so that more rows never change the ones before.
struct SeedDice {
    private var random: SeededRandom

    init(_ day: SeedNumbers.Day, _ number: Int) {
        random = SeededRandom(seed: UInt64(bitPattern: day.rawValue) << 40 ^ UInt64(bitPattern: Int64(number)))
    }

    /// 0..<count. The remainder is taken here and not by the library, whose way may change with its version.
    mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(max(count, 1))) }

    /// A number of the range.
    mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// True `percent` times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// One of the items, which are not empty.
    mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }

    /// As many neighbours as wanted, in order; all of them when there are fewer.
    mutating func run<Item>(_ items: [Item], count: Int) -> [Item] {
        let count = min(count, items.count)
        let first = below(items.count - count + 1)
        return Array(items[first..<first + count])
    }
}
