// SPDX-License-Identifier: Apache-2.0

/// A currency and what an amount in it must be: an integer in the smallest unit.
struct Currency: Hashable, Sendable {
    let code: String

    static let inr = Currency(code: "INR")

    private init(code: String) {
        self.code = code
    }

    /// Takes three capital letters.
    init(_ text: String) throws(ProviderError) {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw .invalid("currency", "Currency is not supported.")
        }
        code = text
    }

    /// An order for less is refused: one rupee.
    var orderMin: Int64 { self == .inr ? 100 : 1 }

    /// With three decimals the last is 0: the networks carry two.
    private var step: Int64 { ["KWD", "BHD", "OMR"].contains(code) ? 10 : 1 }

    /// Checks the amount of an order or a payment.
    func check(_ amount: Int64, min: Int64) throws(ProviderError) {
        guard amount >= min else {
            throw .invalid("amount", "Order amount less than minimum amount allowed")
        }
        guard amount <= SandboxLimits.amountMax else {
            throw .invalid("amount", "Order amount exceeds maximum amount allowed")
        }
        guard amount % step == 0 else {
            throw .invalid("amount", "The last digit of an amount in \(code) must be 0.")
        }
    }
}
