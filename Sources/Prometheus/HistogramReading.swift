// SPDX-License-Identifier: Apache-2.0

/// What a histogram holds at a moment: how many values fell into each of its buckets.
public struct HistogramReading: Sendable, Equatable {
    /// Upper bounds, rising.
    public let bounds: [Double]
    /// One for each bound, and one for what is above all.
    public private(set) var counts: [Int64]

    /// States it; there is one count more than bounds.
    public init(bounds: [Double], counts: [Int64]) {
        precondition(counts.count == bounds.count + 1, "every bound has a bucket, and one is above them")
        self.bounds = bounds
        self.counts = counts
    }

    /// What has come since an earlier moment.
    public func since(_ earlier: HistogramReading) -> HistogramReading {
        guard earlier.bounds == bounds else { return self }
        return HistogramReading(bounds: bounds, counts: zip(counts, earlier.counts).map { max(0, $0 - $1) })
    }

    /// The value that a share of all does not exceed, as evenly as the values of a bucket may be spread in it; the highest bound
    /// for what is above; nil where nothing came.
    ///
    /// - Parameter share: 0.5 is the middle.
    public func quantile(_ share: Double) -> Double? {
        let all = counts.reduce(0, +)
        guard all > 0, let highest = bounds.last else { return nil }
        let rank = share * Double(all)
        var below = 0.0
        for (index, bound) in bounds.enumerated() {
            let here = Double(counts[index])
            if here > 0, below + here >= rank {
                let from = index == 0 ? 0 : bounds[index - 1]
                return from + (bound - from) * (rank - below) / here
            }
            below += here
        }
        return highest
    }

    mutating func add(_ more: [Int64]) {
        for (index, count) in more.enumerated() { counts[index] += count }
    }
}

extension PrometheusRegistry {
    /// A histogram as it is now, all its series together; nil where no histogram of that name was announced, or none has a series.
    ///
    /// - Parameter isCounted: by the series' labels.
    public func histogram(_ name: String, where isCounted: ([String]) -> Bool = { _ in true }) -> HistogramReading? {
        guard let shelf = shelf(name) else { return nil }
        var reading: HistogramReading?
        for (labels, cell) in shelf.cells where isCounted(labels) {
            guard let cell = cell as? HistogramCell else { return nil }
            let counts = cell.values.buckets
            if reading == nil {
                reading = HistogramReading(bounds: cell.bounds.map { Double($0) / cell.unit }, counts: counts)
            } else {
                reading?.add(counts)
            }
        }
        return reading
    }
}
