// SPDX-License-Identifier: Apache-2.0
public import Metrics
import Synchronization

/// Keeps the metrics of this process, behind swift-metrics, and shows them to Prometheus.
///
/// ```swift
/// let registry = PrometheusRegistry([
///     MetricFamily("mve_http_requests_total", .counter, "Requests answered.", labels: ["route", "status"]),
/// ])
/// MetricsSystem.bootstrap(registry)
/// Counter(label: "mve_http_requests_total", dimensions: [("route", "health"), ("status", "200")]).increment()
/// let text = registry.text()
/// ```
/// Every metric is announced beforehand: what is not, or comes with other labels or as another kind, is counted into the void
/// and listed in `strangers`. Whoever asks for the same series gets the same one, on every loop.
///
/// - Isolation: callable from any thread. Making a series takes a lock, counting does not.
/// - Cost: a series about 100 bytes, one of a histogram about 200.
public final class PrometheusRegistry: Sendable {
    /// A family with its series.
    struct Shelf: Sendable {
        let family: MetricFamily
        /// By the labels' values.
        var cells: [[String]: any MetricCell] = [:]
        /// In the order in which they came.
        var order: [[String]] = []
    }

    private struct State: Sendable {
        var shelves: [Shelf]
        var strangers: Set<String> = []
    }

    /// Where to find a family; never changes.
    private let places: [String: Int]
    private let state: Mutex<State>
    /// Remembered at most; one is a mistake already.
    private static let strangersMax = 100

    /// Announces the families, in the order in which they are shown. A name that stands twice traps.
    public init(_ families: [MetricFamily]) {
        places = Dictionary(uniqueKeysWithValues: families.enumerated().map { ($1.name, $0) })
        state = Mutex(State(shelves: families.map { Shelf(family: $0) }))
    }

    /// The families that were announced.
    public var families: [MetricFamily] { state.withLock { $0.shelves.map(\.family) } }

    /// Names that somebody counts under without having been announced that way.
    public var strangers: Set<String> { state.withLock { $0.strangers } }

    /// Everything as it is now: the text format 0.0.4.
    ///
    /// - Cost: about a microsecond a line; to be called beside the loop where there are thousands.
    public func text() -> [UInt8] {
        PrometheusText.bytes(of: state.withLock { $0.shelves })
    }

    /// A family with its series as they are now.
    func shelf(_ name: String) -> Shelf? {
        guard let place = places[name] else { return nil }
        return state.withLock { $0.shelves[place] }
    }

    /// The series, made if it is new; nil where no such family was announced.
    private func cell<Cell: MetricCell>(
        _ name: String, _ dimensions: [(String, String)], _ make: (MetricFamily) -> Cell?
    ) -> Cell? {
        guard let place = places[name] else {
            note(name)
            return nil
        }
        return state.withLock { state -> Cell? in
            let family = state.shelves[place].family
            guard let fresh = make(family), family.labels == dimensions.map(\.0) else {
                if state.strangers.count < Self.strangersMax { state.strangers.insert(name) }
                return nil
            }
            var values = dimensions.map(\.1)
            if let known = state.shelves[place].cells[values] { return known as? Cell }
            if state.shelves[place].cells.count >= family.seriesMax {
                values = values.map { _ in "other" }
                if let known = state.shelves[place].cells[values] { return known as? Cell }
            }
            state.shelves[place].cells[values] = fresh
            state.shelves[place].order.append(values)
            return fresh
        }
    }

    private func note(_ name: String) {
        state.withLock { state in
            if state.strangers.count < Self.strangersMax { state.strangers.insert(name) }
        }
    }

    private static func gauge(_ family: MetricFamily) -> GaugeCell? {
        family.kind == .gauge ? GaugeCell() : nil
    }

    private static func numbers(_ family: MetricFamily) -> HistogramCell? {
        guard case .numbers(let bounds) = family.kind else { return nil }
        return HistogramCell(bounds: bounds.map { Int64($0) }, unit: 1)
    }

    private static func seconds(_ family: MetricFamily) -> HistogramCell? {
        guard case .seconds(let bounds) = family.kind else { return nil }
        return HistogramCell(bounds: bounds.map { Int64(($0 * 1e9).rounded()) }, unit: 1e9)
    }
}

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions) { $0.kind == .counter ? CounterCell() : nil } ?? CounterCell()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, Self.gauge) ?? GaugeCell()
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return cell(label, dimensions, Self.numbers) ?? HistogramCell(bounds: [], unit: 1) }
        return cell(label, dimensions, Self.gauge) ?? GaugeCell()
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, Self.seconds) ?? HistogramCell(bounds: [], unit: 1e9)
    }

    // Series live as long as the process: somebody else may hold the same one.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
