// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// What a shopper wants of a server, and sends again until it is answered.
struct Wish: Sendable {
    let method: String
    let path: String
    let body: String
    /// nil: without a key, as an impatient person's second click.
    let key: String?
}

/// An answer that a shopper may rely on.
struct Acknowledged: Sendable {
    let wish: Wish
    let answer: TestClient.Answer
    /// Attempts before it whose outcome nobody told: the server died, or could not say.
    let lost: Int

    /// For messages.
    var summary: String {
        "\(wish.method) \(wish.path) \(wish.body) with key \(wish.key ?? "none"), \(lost) lost: \(answer.status) \(answer.text)"
    }
}

/// An order as it was acknowledged.
struct KnownOrder: Sendable {
    let id: OrderID
    let total: Int64
    let units: [VariantID: Int]
    /// The ids of what each seller sends of it.
    let parts: [String]

    init(_ json: JSONValue) throws {
        id = try #require(json["id"]?.string.flatMap { OrderID($0) })
        total = try #require(json["totals"]?["grand_total"]?["amount"]?.int64)
        var units: [VariantID: Int] = [:]
        var parts: [String] = []
        for part in json["seller_orders"]?.elements ?? [] {
            parts.append(try #require(part["id"]?.string))
            for line in part["lines"]?.elements ?? [] {
                let variant = try #require(line["variant_id"]?.string.flatMap { VariantID($0) })
                units[variant, default: 0] += try #require(line["quantity"]?.int)
            }
        }
        self.units = units
        self.parts = parts
    }
}

/// A cart as it was acknowledged.
struct KnownCart: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        let id: String
        let variant: VariantID
        let quantity: Int
    }

    var version: Int64
    var lines: [Line]

    init(_ json: JSONValue) throws {
        version = try #require(json["version"]?.int64)
        lines = []
        for group in json["groups"]?.elements ?? [] {
            for line in group["lines"]?.elements ?? [] {
                lines.append(
                    Line(
                        id: try #require(line["id"]?.string),
                        variant: try #require(line["variant_id"]?.string.flatMap { VariantID($0) }),
                        quantity: try #require(line["quantity"]?.int)))
            }
        }
    }

    var units: [VariantID: Int] { Dictionary(lines.map { ($0.variant, $0.quantity) }, uniquingKeysWith: +) }
    var total: Int64 { lines.reduce(0) { $0 + Goods.price(of: $1.variant) * Int64($1.quantity) } }
}

/// An attempt to pay that waits for its payer.
struct Checkout: Sendable {
    let order: OrderID
    let payment: PaymentID
    let providerOrder: String
    let amount: Int64
}

/// Money that the payer has given to the provider.
struct Captured: Sendable {
    let order: OrderID
    let payment: PaymentID
    let providerOrder: String
    let providerPayment: String
    let amount: Int64
}
