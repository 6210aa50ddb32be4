// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP

/// What a run does, as its file in `loadtest/` says: data, so that a new mix needs no new program.
///
/// ```json
/// {"name": "order", "kind": "order", "description": "…", "lines": 3, "mixed": false,
///  "bars": [{"metric": "latency_us.p99", "at_most": 100000}]}
/// ```
struct Scenario: Equatable {
    let name: String
    let description: String
    let kind: Kind
    let bars: [Bar]

    enum Kind: Equatable {
        /// A GET that touches nothing but the server.
        case hello(path: String)
        /// Orders from carts.
        case order(OrderMix)
    }

    /// Reads `loadtest/<name>.json`, or the file itself when the name is a path.
    ///
    /// - Throws: `BenchError.usage` with what is wrong in the file.
    static func load(_ name: String) throws -> Scenario {
        let path = name.contains("/") || name.hasSuffix(".json") ? name : "loadtest/\(name).json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchError.usage("there is no scenario \(name): \(path) cannot be read")
        }
        do {
            return try Scenario(parsing: Array(data))
        } catch let problem as Problem {
            let items = problem.errors.map { "\($0.pointer ?? "") \($0.message)" }
            throw BenchError.usage("\(path): \(items.isEmpty ? "\(problem)" : items.joined(separator: ", "))")
        } catch let error as JSONError {
            throw BenchError.usage("\(path): \(error)")
        }
    }

    /// - Throws: `JSONError` for what is no JSON, `Problem` with every fault of the content.
    init(parsing bytes: [UInt8]) throws {
        let (scenario, ignored) = try JSONInput.read(JSONDocument(parsing: bytes)) { input in Self.read(&input) }
        guard ignored.isEmpty else {
            throw Problem(
                .validationFailed,
                errors: ignored.map { .init(pointer: $0, code: "unknown-member", message: "means nothing here") })
        }
        self = scenario
    }

    private init(name: String, description: String, kind: Kind, bars: [Bar]) {
        self.name = name
        self.description = description
        self.kind = kind
        self.bars = bars
    }

    private static func read(_ input: inout JSONInput) -> Scenario {
        let kind: Kind
        switch input.string("kind", length: 1...20) {
        case "hello":
            let path = input.string("path", length: 1...200)
            if !path.hasPrefix("/") || !path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                input.fail("path", code: "invalid-value", message: "no path")
            }
            kind = .hello(path: path)
        case "order":
            kind = .order(
                OrderMix(
                    lines: input.int("lines", in: 1...20),
                    isMixed: input.optionalBool("mixed") ?? false,
                    skusMax: input.optionalInt("skus_max", in: 1...1_000_000)))
        default:
            input.fail("kind", code: "invalid-value", message: "neither hello nor order")
            kind = .hello(path: "/")
        }
        return Scenario(
            name: input.string("name", length: 1...40),
            description: input.string("description", length: 1...500), kind: kind,
            bars: input.contains("bars") ? input.array("bars", count: 0...50, bar) : [])
    }

    private static func bar(_ input: inout JSONInput) -> Bar {
        let metric = input.string("metric", length: 1...60)
        if !BenchReport.metrics.contains(metric) {
            input.fail("metric", code: "invalid-value", message: "no number of the report")
        }
        let least = number(&input, "at_least")
        let most = number(&input, "at_most")
        if (least == nil) == (most == nil) {
            input.fail(code: "invalid-value", message: "wants one of at_least and at_most")
        }
        return Bar(metric: metric, bound: least.map { .atLeast($0) } ?? .atMost(most ?? 0))
    }

    private static func number(_ input: inout JSONInput, _ name: StaticString) -> Double? {
        guard let member = input.member(name) else { return nil }
        let value = member.numberText.flatMap { Double($0) }
        if value == nil { input.fail(name, code: "wrong-type", message: "not a number") }
        return value
    }
}

/// How orders are made.
struct OrderMix: Equatable {
    /// Lines of each cart, of SKUs chosen uniformly.
    let lines: Int
    /// Whether filling the cart is measured too, as an iteration of cart and order; otherwise carts are filled before.
    let isMixed: Bool
    /// Choose from this many SKUs only, for contention; nil takes all that have ample stock.
    let skusMax: Int?
}
