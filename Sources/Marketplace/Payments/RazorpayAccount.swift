// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Synchronization

/// Our account at the provider: where it is, who we are there, and what its signatures are made with.
///
/// The address may come later than the rest: the sandbox is started once we know where it finds our webhook.
public final class RazorpayAccount: Sendable {
    /// Public: the browser gets it.
    public let keyID: String
    let keySecret: String
    /// All that are active; one of them must have signed a webhook.
    private let webhookKeys: Mutex<[HMACSHA256]>
    private let checkoutKey: HMACSHA256
    private let address = Mutex<String?>(nil)

    /// Takes the credentials.
    ///
    /// - Parameters:
    ///   - webhookSecrets: 1…8, none of them empty: an empty secret would accept what anybody signs.
    ///   - baseURL: without a slash at the end; nil until it is known.
    public init(keyID: String, keySecret: String, webhookSecrets: [String], baseURL: String?) {
        precondition(!keySecret.isEmpty, "an account without secrets accepts everybody")
        self.keyID = keyID
        self.keySecret = keySecret
        webhookKeys = Mutex(Self.keys(webhookSecrets))
        checkoutKey = HMACSHA256(key: Array(keySecret.utf8))
        if let baseURL { use(baseURL: baseURL) }
    }

    private static func keys(_ secrets: [String]) -> [HMACSHA256] {
        precondition(!secrets.isEmpty && !secrets.contains(""), "an empty secret accepts everybody")
        return secrets.map { HMACSHA256(key: Array($0.utf8)) }
    }

    /// Takes other webhook secrets in place of the ones so far, all at once; as those of `init`.
    public func use(webhookSecrets: [String]) {
        let keys = Self.keys(webhookSecrets)
        webhookKeys.withLock { $0 = keys }
    }

    /// Where the provider is; nil while that is not known.
    public var baseURL: String? { address.withLock { $0 } }

    /// Says where the provider is.
    public func use(baseURL: String) {
        address.withLock { $0 = baseURL }
    }

    /// Whether a webhook's raw bytes were signed with one of the active secrets.
    ///
    /// - Parameter signature: 64 lower-case hexadecimal digits; anything else is invalid.
    func isWebhookSignature(_ signature: some Collection<UInt8>, for body: [UInt8]) -> Bool {
        guard let claimed = Self.decode(signature) else { return false }
        // All are tried, so that the time does not tell which one fits.
        return webhookKeys.withLock { $0 }.reduce(false) { $1.isValid(claimed, for: body) || $0 }
    }

    /// Whether the three fields that the checkout returned belong together (order and payment id joined by `|`).
    func isCheckoutSignature(_ signature: String, order: String, payment: String) -> Bool {
        guard let claimed = Self.decode(signature.utf8) else { return false }
        return checkoutKey.isValid(claimed, for: Array("\(order)|\(payment)".utf8))
    }

    private static func decode(_ signature: some Collection<UInt8>) -> [UInt8]? {
        guard signature.count == 64,
            signature.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return Hex.decode(signature)
    }
}
