// SPDX-License-Identifier: Apache-2.0
import MarketCrypto

/// Makes the provider's ids: a prefix and 14 letters and digits.
struct IDSource: Sendable {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    private let random: RandomSource

    init(_ random: RandomSource) {
        self.random = random
    }

    /// Such as `order_Kxg3j2oR1x3xcn`.
    func make(_ prefix: String) -> String {
        prefix + text(14, of: Self.alphabet)
    }

    /// A reference number of the bank.
    func digits(_ count: Int) -> String {
        text(count, of: Array("0123456789".utf8))
    }

    private func text(_ count: Int, of alphabet: [UInt8]) -> String {
        // Octets past the last whole multiple would favour the first letters.
        let fair = 256 / alphabet.count * alphabet.count
        var text: [UInt8] = []
        while text.count < count {
            for octet in random.bytes(count) where Int(octet) < fair && text.count < count {
                text.append(alphabet[Int(octet) % alphabet.count])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
