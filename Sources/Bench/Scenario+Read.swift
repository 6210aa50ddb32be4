// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The members of a scenario's file.
extension Scenario {
    private enum KindName: String, CaseIterable { case hello, browse, cart, order, replay, webhook, mix }

    static func read(_ input: inout JSONInput) -> Scenario {
        let kind: Kind
        switch input.choice("kind", of: KindName.self) {
        case .hello: kind = .hello(path: path(&input))
        case .browse:
            kind = .browse(
                input.array("pages", count: 1...20) { page in
                    Page(path: path(&page), share: page.int("share", in: 1...1000))
                })
        case .cart: kind = .cart(linesHeld: input.optionalInt("lines_held", in: 0...200))
        case .order: kind = .order(orders(&input))
        case .replay:
            kind = .replay(
                OrderMix(lines: lines(&input)), input.choice("level", of: ReplayTraffic.Level.self),
                keys: input.int("keys", in: 1...1_000_000))
        case .webhook: kind = .webhook(OrderMix(lines: lines(&input)))
        case .mix:
            kind = .mix(
                input.array("parts", count: 1...20) { part in
                    MixPart(
                        scenario: part.string("scenario", length: 1...100), share: part.int("share", in: 1...1000))
                })
        }
        return Scenario(
            name: input.string("name", length: 1...40),
            description: input.string("description", length: 1...500), kind: kind,
            bars: input.contains("bars") ? input.array("bars", count: 0...50, bar) : [])
    }

    private static func path(_ input: inout JSONInput) -> String {
        let path = input.string("path", length: 1...200)
        if !path.hasPrefix("/") || !path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            input.fail("path", code: "invalid-value", message: "no path")
        }
        return path
    }

    private static func lines(_ input: inout JSONInput) -> Int { input.int("lines", in: 1...20) }

    private static func orders(_ input: inout JSONInput) -> OrderMix {
        let mix = OrderMix(
            lines: lines(&input), isMixed: input.optionalBool("mixed") ?? false,
            skusMax: input.optionalInt("skus_max", in: 1...1_000_000),
            units: input.optionalInt("units", in: 1...1_000_000), triesAgain: input.optionalBool("tries_again") ?? false
        )
        if mix.units != nil, mix.lines != 1 || mix.isMixed || mix.skusMax != nil {
            input.fail("units", code: "invalid-value", message: "wants orders of one line, filled before")
        }
        if mix.triesAgain, mix.units == nil {
            input.fail("tries_again", code: "invalid-value", message: "wants units")
        }
        return mix
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
