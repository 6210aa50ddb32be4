// SPDX-License-Identifier: Apache-2.0

/// A drawing of a run over its time, as SVG: throughput above, latency below, one point an interval.
struct Plot {
    let title: String
    let points: [Timeline.Point]

    private static let (width, height, left, right) = (900.0, 240.0, 80.0, 20.0)
    private static let (top, gap) = (60.0, 60.0)
    private static let colours = ["#1b6ca8", "#c0392b", "#7f8c8d"]

    private struct Series {
        let name: String
        /// Seconds and value; nil where there is none.
        let values: [(at: Double, value: Double?)]
    }

    /// The whole document.
    var svg: String {
        let height = Self.top + 2 * (Self.height + Self.gap)
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(height))" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="\(Int(Self.left))" y="24" font-size="16">\(Self.escaped(title))</text>

            """
        text += panel(
            "answers a second", from: Self.top,
            [
                Series(name: "ok", values: points.map { (Self.seconds($0), $0.ok) }),
                Series(name: "refused", values: points.map { (Self.seconds($0), $0.refused) }),
                Series(name: "errors", values: points.map { (Self.seconds($0), $0.failed) }),
            ])
        text += panel(
            "latency, ms", from: Self.top + Self.height + Self.gap,
            [
                Series(name: "p50", values: points.map { (Self.seconds($0), $0.p50.map { Double($0) / 1000 }) }),
                Series(name: "p99", values: points.map { (Self.seconds($0), $0.p99.map { Double($0) / 1000 }) }),
            ])
        return text + "</svg>\n"
    }

    private static func seconds(_ point: Timeline.Point) -> Double { Double(point.at) / 1e9 }

    private func panel(_ label: String, from top: Double, _ series: [Series]) -> String {
        let shown = series.filter { $0.values.contains { ($0.value ?? 0) > 0 } }
        let most = Self.ceiling(shown.flatMap { $0.values.compactMap(\.value) }.max() ?? 0)
        let end = max(points.last.map(Self.seconds) ?? 0, 0.001)
        let (bottom, inner) = (top + Self.height, Self.width - Self.left - Self.right)
        func x(_ at: Double) -> String { Decimals.text(Self.left + at / end * inner, digits: 1) }
        func y(_ value: Double) -> String { Decimals.text(bottom - value / most * Self.height, digits: 1) }
        var text = ""
        for part in 0...4 {
            let value = most * Double(part) / 4
            text +=
                "<line x1=\"\(Int(Self.left))\" y1=\"\(y(value))\" x2=\"\(Int(Self.width - Self.right))\" y2=\"\(y(value))\" stroke=\"#ddd\"/>\n"
            text +=
                "<text x=\"\(Int(Self.left - 6))\" y=\"\(y(value))\" text-anchor=\"end\">\(Decimals.text(value, digits: 2))</text>\n"
            let at = end * Double(part) / 4
            text +=
                "<text x=\"\(x(at))\" y=\"\(Int(bottom + 16))\" text-anchor=\"middle\">\(Decimals.text(at, digits: 1)) s</text>\n"
        }
        text += "<text x=\"\(Int(Self.left))\" y=\"\(Int(top - 8))\">\(label)</text>\n"
        for (index, series) in shown.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let line = series.values.compactMap { point in point.value.map { "\(x(point.at)),\(y($0))" } }
            text +=
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(line.joined(separator: " "))\"/>\n"
            text +=
                "<text x=\"\(Int(Self.left) + 140 + index * 70)\" y=\"\(Int(top - 8))\" fill=\"\(colour)\">\(series.name)</text>\n"
        }
        return text
    }

    /// 1, 2 or 5 times a power of ten, not below the value.
    static func ceiling(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        var unit = 1.0
        while unit > value { unit /= 10 }
        while unit * 10 < value { unit *= 10 }
        return [1, 2, 5, 10].map { $0 * unit }.first { $0 >= value } ?? unit * 10
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
