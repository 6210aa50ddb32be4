// SPDX-License-Identifier: Apache-2.0
import Metrics
import Synchronization

/// The value of one series. Kept for the process's life: series are never taken back.
protocol MetricCell: AnyObject, Sendable {}

/// A count. Counting is one atomic addition.
final class CounterCell: MetricCell, CounterHandler {
    private let count = Atomic<Int64>(0)

    var value: Int64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        // A count that falls would look like a restart; one that has no room left stays where it is.
        guard amount > 0 else { return }
        let (_, new) = count.wrappingAdd(amount, ordering: .relaxed)
        if new < 0 { count.store(.max, ordering: .relaxed) }
    }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// A value that goes up and down.
final class GaugeCell: MetricCell, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(Double(0).bitPattern)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func increment(by amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: known) + amount).bitPattern
            let (isDone, found) = bits.weakCompareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return }
            known = found
        }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }
}

/// Values in buckets. Recording is two atomic additions behind a search of a few numbers.
final class HistogramCell: MetricCell, TimerHandler, RecorderHandler {
    /// Upper bounds in units, rising.
    let bounds: [Int64]
    /// Units in one of what is shown: nanoseconds in a second, or 1.
    let unit: Double
    /// One for each bound, one for what is above, one for the sum.
    ///
    /// `nonisolated(unsafe)`: set in `init` only, freed in `deinit`; what it points to is atomic.
    private nonisolated(unsafe) let cells: UnsafeMutablePointer<Atomic<Int64>>

    init(bounds: [Int64], unit: Double) {
        self.bounds = bounds
        self.unit = unit
        cells = .allocate(capacity: bounds.count + 2)
        for index in 0..<bounds.count + 2 { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: bounds.count + 2)
        cells.deallocate()
    }

    /// How many fell into each bucket and above all, and their sum in units. What is recorded meanwhile may be in one already
    /// and not yet in the other.
    var values: (buckets: [Int64], sum: Int64) {
        let all = (0..<bounds.count + 2).map { cells[$0].load(ordering: .relaxed) }
        return (Array(all.dropLast()), all[bounds.count + 1])
    }

    func recordNanoseconds(_ duration: Int64) { record(duration) }

    func record(_ value: Int64) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].wrappingAdd(1, ordering: .relaxed)
        cells[bounds.count + 1].wrappingAdd(value, ordering: .relaxed)
    }

    func record(_ value: Double) {
        guard value.isFinite, abs(value) < 9e15 else { return }
        record(Int64(value.rounded()))
    }
}
