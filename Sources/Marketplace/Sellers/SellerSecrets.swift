// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto

/// Seals what identifies a seller or leads to its money: sealed for the seller and the purpose alone.
struct SellerSecrets: Sendable {
    /// What is sealed.
    enum Purpose: String {
        case pan, account, document
    }

    private let box: SealedBox

    init(_ secret: SecretKey) {
        guard let box = SealedBox(key: secret.key(for: "seller-secrets")) else {
            preconditionFailure("a purpose's key has another length than a box takes")
        }
        self.box = box
    }

    func seal(_ text: String, _ purpose: Purpose, of seller: SellerID) -> [UInt8] {
        box.seal(Array(text.utf8), context: Self.context(purpose, seller))
    }

    /// What was sealed; nil for what was sealed under another secret, for another seller or for another purpose.
    func open(_ sealed: [UInt8], _ purpose: Purpose, of seller: SellerID) -> String? {
        box.open(sealed, context: Self.context(purpose, seller)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func context(_ purpose: Purpose, _ seller: SellerID) -> [UInt8] {
        Array("\(purpose.rawValue):\(seller.rawValue)".utf8)
    }
}
