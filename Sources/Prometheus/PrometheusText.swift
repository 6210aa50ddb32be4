// SPDX-License-Identifier: Apache-2.0

/// Writes the text exposition format 0.0.4.
public enum PrometheusText {
    /// The media type of the text.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func bytes(of shelves: [PrometheusRegistry.Shelf]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(64 * 1024)
        for shelf in shelves { append(shelf, to: &out) }
        return out
    }

    private static func append(_ shelf: PrometheusRegistry.Shelf, to out: inout [UInt8]) {
        let family = shelf.family
        out +=
            "# HELP \(family.name) \(escaped(family.help, quotes: false))\n# TYPE \(family.name) \(type(family.kind))\n"
            .utf8
        for values in shelf.order {
            // Written once a series and copied to each of its lines.
            let labels = zip(family.labels, values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
            let joined = labels.joined(separator: ",")
            switch shelf.cells[values] {
            case let cell as CounterCell: line(family.name, "", joined, "\(cell.value)", to: &out)
            case let cell as GaugeCell: line(family.name, "", joined, number(cell.value), to: &out)
            case let cell as HistogramCell: append(cell, family.name, joined, to: &out)
            default: continue
            }
        }
    }

    private static func append(_ cell: HistogramCell, _ name: String, _ labels: String, to out: inout [UInt8]) {
        let (buckets, sum) = cell.values
        let before = labels.isEmpty ? "" : labels + ","
        var count: Int64 = 0
        for (index, bucket) in buckets.enumerated() {
            count += bucket
            let bound = index < cell.bounds.count ? number(Double(cell.bounds[index]) / cell.unit) : "+Inf"
            line(name, "_bucket", before + "le=\"\(bound)\"", "\(count)", to: &out)
        }
        line(name, "_sum", labels, number(Double(sum) / cell.unit), to: &out)
        line(name, "_count", labels, "\(count)", to: &out)
    }

    private static func line(
        _ name: String, _ suffix: String, _ labels: String, _ value: String, to out: inout [UInt8]
    ) {
        out += name.utf8
        out += suffix.utf8
        if !labels.isEmpty {
            out.append(UInt8(ascii: "{"))
            out += labels.utf8
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: " "))
        out += value.utf8
        out.append(UInt8(ascii: "\n"))
    }

    private static func type(_ kind: MetricFamily.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .seconds, .numbers: "histogram"
        }
    }

    /// A number as Prometheus reads it: whole ones without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    /// Backslashes and line ends, and in values of labels quotes, are escaped; everything else is UTF-8 as it is.
    static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 && quotes }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
