// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The values a product comes in: one to four variants.
struct SeedChoices {
    /// One variant's values.
    struct Combination {
        let values: [(name: String, value: String)]
        /// Percent on the price of the first variant.
        let surcharge: Int

        /// `{"Size":"M","Colour":"Navy"}`
        var json: [UInt8] {
            var json = JSONWriter()
            json.object { json in
                for (name, value) in values {
                    json.key(dynamic: name)
                    json.value(value)
                }
            }
            return json.bytes
        }
    }

    private let chosen: [(choice: SeedGoods.Choice, values: [String])]

    init(_ goods: SeedGoods, _ dice: inout SeedDice) {
        // As many variants as products by a half, on average: 1, 2, 3, or 4 in equal parts.
        let shape = [(1, 1), (2, 1), (3, 1), (2, 2)][dice.below(4)]
        if goods.choices.count > 1 {
            chosen = [
                (goods.choices[0], dice.run(goods.choices[0].values, count: shape.0)),
                (goods.choices[1], dice.run(goods.choices[1].values, count: shape.1)),
            ]
        } else {
            chosen = [(goods.choices[0], dice.run(goods.choices[0].values, count: shape.0 * shape.1))]
        }
    }

    /// Every variant, the first choice's values outermost.
    var combinations: [Combination] {
        var all = [Combination(values: [], surcharge: 0)]
        for (choice, values) in chosen {
            all = all.flatMap { begun in
                values.enumerated().map { position, value in
                    Combination(
                        values: begun.values + [(choice.name, value)],
                        surcharge: begun.surcharge + position * choice.step)
                }
            }
        }
        return all
    }

    /// `[{"name":"Size","values":["M","L"]}]`
    var json: [UInt8] {
        var json = JSONWriter()
        json.array { json in
            for (choice, values) in chosen {
                json.object { json in
                    json.field("name", choice.name)
                    json.field("values", values)
                }
            }
        }
        return json.bytes
    }
}

/// In which quantities a product is sold, and how much of it is there.
struct SeedTerms {
    /// Quantities are multiples of it, and at least it.
    let pack: Int
    let maxQuantity: Int?
    private let isTiered: Bool

    init(_ sale: SeedGoods.Sale, _ dice: inout SeedDice) {
        switch sale {
        case .retail: (pack, isTiered, maxQuantity) = (1, false, dice.chance(15) ? dice.number(3...10) : nil)
        case .tiered: (pack, isTiered, maxQuantity) = (1, dice.chance(60), nil)
        case .packs(let size): (pack, isTiered, maxQuantity) = (size, true, nil)
        }
    }

    /// Five, twelve and twenty percent off from ten, fifty and two hundred packs; JSON.
    func tiers(_ price: Int64) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in
            guard isTiered else { return }
            var last = price
            for (packs, percent) in [(10, 95), (50, 88), (200, 80)] {
                // Whole rupees; what is so cheap that a tier would not lower it has none.
                let lower = price * Int64(percent) / 100 / 100 * 100
                guard lower > 0, lower < last else { continue }
                last = lower
                json.object { json in
                    json.field("min_quantity", packs * pack)
                    json.field("price_minor", lower)
                }
            }
        }
        return json.bytes
    }

    /// A few are sold out, a few nearly.
    func stock(_ dice: inout SeedDice) -> Int {
        let kind = dice.below(100)
        if kind < 3 { return 0 }
        if kind < 10, pack == 1 { return dice.number(2...9) }
        return dice.number(20...480) * pack
    }
}
