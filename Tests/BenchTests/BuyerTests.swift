// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import bench

struct BuyerTests {
    private static let first = UserID(rawValue: 71)
    private static let second = UserID(rawValue: 72)
    private static let cart = CartID(rawValue: 81)

    private static func parse(_ text: String) throws -> [Buyer] { try Buyer.parse(text, from: "tokens") }

    @Test func readsALineForEachBuyer() throws {
        let buyers = try Self.parse("\(Self.first)\ta.b.c\t\(Self.cart)\n\(Self.second)\td.e.f\t\(Self.cart)\n")
        #expect(
            buyers == [
                Buyer(user: Self.first, token: "a.b.c", cart: Self.cart),
                Buyer(user: Self.second, token: "d.e.f", cart: Self.cart),
            ])
    }

    @Test func namesTheLineThatIsWrong() {
        let good = "\(Self.first)\ta.b.c\t\(Self.cart)"
        for bad in ["71\ta.b.c\t\(Self.cart)", "\(Self.second)\ta.b.c", "\(Self.second)\t\t\(Self.cart)", "\(good)"] {
            #expect {
                try Self.parse(good + "\n" + bad + "\n")
            } throws: { "\($0)".contains("tokens:2") }
        }
        #expect(throws: BenchError.self) { try Self.parse("\n") }
        #expect(throws: BenchError.self) { try Buyer.load("/nowhere/tokens") }
    }
}
