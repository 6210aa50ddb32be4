// SPDX-License-Identifier: Apache-2.0
import MarketCore

extension AppConfiguration {
    /// `COD_MAX`, `COD_EXCEPT`: what may be paid in cash at the door, and where not.
    static func readCash(_ reader: inout ConfigurationReader) -> CashOnDelivery {
        // ₹50,000; the top is what the law lets anybody take in cash.
        let maximum = reader.integer(
            "COD_MAX", default: 5_000_000, in: 0...Int(CashOnDelivery.maximumMax), unit: " of paise")
        let exceptions = reader.value("COD_EXCEPT", default: [String](), display: "(none)") {
            text throws(ConfigurationSyntaxError) -> [String] in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
            // Compared one by one with an order's address; India has 36 states and some hundred sorting districts.
            guard (1...512).contains(parts.count) else { throw .init("must be one to 512 places") }
            for part in parts where !isPlace(part) {
                throw .init("must be a comma list of states such as AN and beginnings of PIN codes such as 682")
            }
            return parts
        }
        return CashOnDelivery(maximum: Int64(maximum), exceptions: exceptions)
    }

    private static func isPlace(_ text: String) -> Bool {
        if PostalAddress.states.contains(text) { return true }
        return (1...6).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && text.utf8.first != 0x30
    }
}
