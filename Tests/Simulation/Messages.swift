// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// What an endpoint answers.
struct Response: Sendable, Hashable {
    let status: Int
    /// The problem's code; nil when it is none.
    var problem: String?
    var body: String
    /// A refusal from memory that was not written behind yet: another process's row may still win.
    var isProvisional = false

    func says(_ other: Response?) -> Bool {
        status == other?.status && problem == other?.problem && body == other?.body
    }
}

/// A refusal, as the web layer's `Problem`.
struct Refusal: Error, Hashable {
    let status: Int
    let code: String
    var detail = ""

    var response: Response { Response(status: status, problem: code, body: "\(code) \(detail)") }

    static let reused = Refusal(status: 409, code: "idempotency-key-reused")
    static let inProgress = Refusal(status: 409, code: "idempotency-in-progress")
    static func cartChanged(_ version: Int64?) -> Refusal {
        Refusal(status: 409, code: "cart-changed", detail: version.map { "\($0)" } ?? "")
    }
}

/// Why a client got no answer that settles its request.
enum CallFailure: Error, Sendable {
    /// An answer after which it may ask again: 503, or in progress.
    case again(Response)
    /// The connection broke before an answer.
    case broken
    /// The client had no more patience.
    case timedOut
}

/// What the provider says of a payment.
struct ProviderNews: Sendable {
    let kind: PaymentMessage.Kind
    /// Nil when it was asked.
    let event: PaymentMessage.Event?
    let order: String?
    let payment: String
    let amount: Int64
}

/// `POST /api/orders/create/`.
struct OrderRequest: Sendable {
    let user: UserID
    var key: Int?
    var cartVersion: Int64
    var expectedTotal: Int64
    var note = 0

    var fingerprint: Hash32 {
        Hash32.of([1, UInt64(user.rawValue), UInt64(cartVersion), UInt64(expectedTotal), UInt64(note)])
    }
}

/// A change of a cart by one line.
struct CartRequest: Sendable {
    let owner: CartOwner
    var key: Int?
    /// Tells this wish from all others.
    let tag: Int
    let intent: SimulatedDatabase.CartIntent
    var expectedVersion: Int64?

    var fingerprint: Hash32 { Hash32.of([2, UInt64(tag), UInt64(expectedVersion ?? 0)]) }
}

/// A cart as a client sees it.
struct CartView: Sendable {
    let id: CartID
    let version: Int64
    let total: Int64
    let units: [VariantID: Int]
}

extension Hash32 {
    /// A value of some numbers, spread over all bits; equal numbers give equal values in every process.
    static func of(_ numbers: [UInt64]) -> Hash32 {
        var words: (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F)
        for number in numbers {
            words.0 = (words.0 ^ number) &* 0xff51_afd7_ed55_8ccd
            words.0 ^= words.0 >> 32
            words.1 = (words.1 &+ words.0) &* 0xc4ce_b9fe_1a85_ec53
            words.1 ^= words.1 >> 29
        }
        return Hash32(words: (words.0, words.1, numbers.first ?? 0, numbers.last ?? 0))
    }

    static func key(_ number: Int, of user: UInt64) -> Hash32 { of([3, user, UInt64(number)]) }
    static func internalKey(_ number: Int64) -> Hash32 { of([4, UInt64(number)]) }
}
