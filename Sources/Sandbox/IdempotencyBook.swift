// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto

/// The idempotency keys that calls came with, and what they made. Only what had an effect is remembered.
struct IdempotencyBook: Sendable {
    /// What a key is for: each has keys of its own.
    enum Kind: String, Sendable {
        case refund, transfer, payout

        /// The header field that carries it.
        var header: StaticString {
            switch self {
            case .refund: "X-Refund-Idempotency"
            case .transfer: "X-Transfer-Idempotency"
            case .payout: "X-Payout-Idempotency"
            }
        }

        /// The provider publishes no upper bound for refunds; this is ours.
        fileprivate var lengths: ClosedRange<Int> {
            switch self {
            case .refund: 10...128
            case .transfer, .payout: 4...36
            }
        }

        fileprivate func allows(_ octet: UInt8) -> Bool {
            if IDSource.alphabet.contains(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_") {
                return true
            }
            return self != .refund && octet == UInt8(ascii: " ")
        }
    }

    /// A key with what it must be used for again: the same path and the same JSON, however it is spelled.
    struct Use: Sendable {
        fileprivate let name: String
        fileprivate let digest: Digest256

        /// nil when the request has no key.
        init?(_ kind: Kind, _ request: RequestContext) throws(ProviderError) {
            let keys = request.headers(kind.header)
            guard let key = keys.first else { return nil }
            guard keys.count == 1, kind.lengths.contains(key.utf8.count), key.utf8.allSatisfy(kind.allows) else {
                throw .invalid(
                    "\(kind.header)",
                    "The \(kind.header) must have \(kind.lengths.lowerBound) to \(kind.lengths.upperBound) allowed characters."
                )
            }
            name = kind.rawValue + " " + key
            let body = request.body.isEmpty ? Array("{}".utf8) : request.body
            do throws(JSONError) {
                let content = try JSONDocument(parsing: body).canonical()
                digest = SHA256.hash(Array(request.path.utf8) + [0] + content)
            } catch {
                throw ProviderError(description: "The request body is not valid JSON: \(error).")
            }
        }
    }

    private var made: [String: (digest: Digest256, id: String)] = [:]
    private var order = IDQueue()
    private let limits: SandboxLimits

    init(limits: SandboxLimits) {
        self.limits = limits
    }

    /// The id of what the key made before.
    /// - Throws: 409 when it was used for something else.
    func find(_ use: Use?) throws(ProviderError) -> String? {
        guard let use, let (digest, id) = made[use.name] else { return nil }
        guard digest == use.digest else { throw .conflictingKey }
        return id
    }

    /// Remembers what a key made.
    mutating func keep(_ use: Use?, _ id: String) {
        guard let use else { return }
        if made.count >= limits.idempotencyKeys, let oldest = order.popFirst() { made[oldest] = nil }
        made[use.name] = (use.digest, id)
        order.append(use.name)
    }
}
