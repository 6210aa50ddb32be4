// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The simulation has `CreateOrder` in its own words, without HTTP and SQL. Both are read here: the same steps in the same
/// order, and the same said of the cart after each outcome. Whoever changes one changes the other.
@Suite struct SimulatedCheckoutTests {
    private static func body(of path: String, from start: String) throws -> String {
        let file = try #require((SourceTree.sources + SourceTree.tests).first { $0.path == path })
        let code = file.swift.codeLines.joined(separator: "\n")
        let begin = try #require(code.range(of: start))
        let end = try #require(code.range(of: "\n    }\n", range: begin.upperBound..<code.endIndex))
        return String(code[begin.lowerBound..<end.lowerBound])
    }

    private static func real() throws -> String {
        try body(of: "Sources/Marketplace/Orders/CreateOrder.swift", from: "private func run(")
    }

    private static func simulated() throws -> String {
        try body(of: "Tests/Simulation/SimulatedProcess+Orders.swift", from: "private func place(")
    }

    /// What happens to the cart after each outcome, in the order of the cases.
    static func outcomes(_ code: String) throws -> [String] {
        let start = try #require(code.range(of: ".place("))
        var outcomes: [String] = []
        for part in code[start.upperBound...].components(separatedBy: "case .").dropFirst() {
            let name = part.prefix { $0.isLetter }
            let ends = part.matches(of: /\.yes\(|, \.no\)|\? \.no\b|[,:] \.unknown\)|\bthrow\b/).map { match in
                String(match.output).filter(\.isLetter)
            }
            outcomes.append("\(name): \(Set(ends).sorted().joined(separator: " "))")
        }
        return outcomes
    }

    @Test func eachOutcomeSaysTheSameOfTheCart() throws {
        let real = try Self.outcomes(Self.real())
        #expect(real == (try Self.outcomes(Self.simulated())))
        #expect(
            real == [
                "placed: yes", "known: unknown", "sameCartOrder: unknown", "cartMoved: throw", "refused: no unknown",
                "inProgress: unknown",
            ])
    }

    /// The version first, an earlier order of it before it is refused, then the lines, the offers, and the order.
    @Test func theStepsStandInOneOrder() throws {
        for code in [try Self.real(), try Self.simulated()] {
            let steps = [
                "guard cart.version ==", "sameCart(", "cart.lines.isEmpty", "offers(", ".place(", "invalidateOffers(",
            ]
            let places = try steps.map { step in try #require(code.range(of: step), "\(step)").lowerBound }
            #expect(places == places.sorted())
        }
    }

    /// The test reads what it says it reads.
    @Test func aChangedOutcomeIsNoticed() throws {
        let code = try Self.simulated()
        let changed = code.replacingOccurrences(
            of: "case .placed: return (.success(.committed(answer)), .yes(now))",
            with: "case .placed: return (.success(.committed(answer)), .no)")
        #expect(code != changed)
        #expect(try Self.outcomes(code) != Self.outcomes(changed))
    }
}
