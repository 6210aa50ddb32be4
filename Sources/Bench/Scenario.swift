// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP

/// What a run does, as its file in `loadtest/` says: data, so that a new mix needs no new program.
///
/// ```json
/// {"name": "order", "kind": "order", "description": "…", "lines": 3, "mixed": false,
///  "bars": [{"metric": "latency_us.p99", "at_most": 100000}]}
/// ```
struct Scenario: Equatable, Sendable {
    let name: String
    let description: String
    let kind: Kind
    let bars: [Bar]
    /// Where the scenarios of its parts are.
    private(set) var directory = "loadtest"

    enum Kind: Equatable, Sendable {
        /// A GET that touches nothing but the server.
        case hello(path: String)
        /// Pages as visitors open them.
        case browse([Page])
        /// Additions to carts, of so many lines where that is said.
        case cart(linesHeld: Int?)
        /// Orders from carts.
        case order(OrderMix)
        /// Orders that were placed before, under their keys.
        case replay(OrderMix, ReplayTraffic.Level, keys: Int)
        /// Signed events about payments of orders that were placed before.
        case webhook(OrderMix)
        /// Several of them at once.
        case mix([MixPart])
    }

    /// A scenario of a mix, by name, and its share of the requests.
    struct MixPart: Equatable, Sendable {
        let scenario: String
        let share: Int
    }

    /// Reads `loadtest/<name>.json`, or the file itself when the name is a path.
    ///
    /// - Throws: `BenchError.usage` with what is wrong in the file.
    static func load(_ name: String, in directory: String = "loadtest") throws -> Scenario {
        let path = name.contains("/") || name.hasSuffix(".json") ? name : "\(directory)/\(name).json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchError.usage("there is no scenario \(name): \(path) cannot be read")
        }
        do {
            var scenario = try Scenario(parsing: Array(data))
            let folder = (path as NSString).deletingLastPathComponent
            scenario.directory = folder.isEmpty ? "." : folder
            return scenario
        } catch let problem as Problem {
            let items = problem.errors.map { "\($0.pointer ?? "") \($0.message)" }
            throw BenchError.usage("\(path): \(items.isEmpty ? "\(problem)" : items.joined(separator: ", "))")
        } catch let error as JSONError {
            throw BenchError.usage("\(path): \(error)")
        }
    }

    /// The scenarios of a mix with their shares; a mix within one is refused.
    func parts() throws -> [(scenario: Scenario, share: Int)] {
        guard case .mix(let parts) = kind else { return [] }
        return try parts.map { part in
            let scenario = try Scenario.load(part.scenario, in: directory)
            if case .mix = scenario.kind { throw BenchError.usage("\(name): \(part.scenario) is a mix itself") }
            return (scenario, part.share)
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

    init(name: String, description: String, kind: Kind, bars: [Bar]) {
        self.name = name
        self.description = description
        self.kind = kind
        self.bars = bars
    }
}

/// How orders are made.
struct OrderMix: Equatable, Sendable {
    /// Lines of each cart, of SKUs chosen uniformly.
    let lines: Int
    /// Whether filling the cart is measured too, as an iteration of cart and order; otherwise carts are filled before.
    var isMixed = false
    /// Choose from this many SKUs only, for contention; nil takes all that have ample stock.
    var skusMax: Int?
    /// Sell one SKU of which exactly so many units are left, to each buyer at most one.
    var units: Int?
    /// Whether who was refused sends the same cart again, under a new key.
    var triesAgain = false
}

/// A page that visitors open: a path in which `{product}`, `{category}` and `{branch}` (a category with others below it) stand for
/// ids of the shop, `{word}` and `{words}` for what is typed into a search.
struct Page: Equatable, Sendable {
    let path: String
    /// How often, in relation to the others.
    let share: Int
}
