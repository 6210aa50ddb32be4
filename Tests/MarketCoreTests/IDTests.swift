// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct IDTests {
    @Test(
        "writes prefix and thirteen digits, and reads them back",
        arguments: [
            (Int64(0), "ord_0000000000000"), (1, "ord_0000000000001"), (31, "ord_000000000000z"),
            (32, "ord_0000000000010"),
            (.max, "ord_7zzzzzzzzzzzz"),
        ])
    func roundTrip(rawValue: Int64, text: String) {
        let id = OrderID(rawValue: rawValue)
        #expect(id.description == text)
        #expect(OrderID(text) == id)
        #expect(OrderID(utf8: Array(text.utf8)) == id)
        let behind = String(countMax: 1 + OrderID.textLength) { (characters: inout OutputSpan<UInt8>) in
            characters.append(UInt8(ascii: ">"))
            id.write(to: &characters)
        }
        #expect(behind == ">" + text)
    }

    @Test(
        "refuses every other spelling",
        arguments: [
            "", "ord_", "ord_000000000001", "ord_00000000000001", "pay_0000000000001", "Ord_0000000000001",
            "ord_000000000000A", "ord_000000000000i", "ord_000000000000l", "ord_000000000000o", "ord_000000000000u",
            "ord_8000000000000", "ord_zzzzzzzzzzzzz", "ord-0000000000001", " ord_0000000000001", "ord_000000000000é",
        ])
    func strict(text: String) {
        #expect(OrderID(text) == nil)
    }

    @Test func longPrefixesWork() {
        #expect(CartID(rawValue: 7).description == "cart_0000000000007")
        #expect(CartID("cart_0000000000007")?.rawValue == 7)
    }

    @Test func textsSortLikeNumbers() {
        let numbers: [Int64] = [0, 9, 10, 31, 32, 1 << 22, 1 << 62, .max]
        let texts = numbers.map { OrderID(rawValue: $0).description }
        #expect(texts == texts.sorted())
        #expect(OrderID(rawValue: 1) < OrderID(rawValue: 2))
    }
}
