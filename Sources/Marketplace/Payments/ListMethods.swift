// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/payments/methods/`: how an order of the caller's can be paid, and within which limits.
///
/// What the provider's checkout shows in the end is the provider's decision; these are the limits that its contract and the
/// networks set for one payment. Cash at the door is chosen when an order is made, under the limits that are shown here.
struct ListMethods: Sendable {
    let dependencies: PaymentsDependencies

    /// A way to pay at the provider.
    struct Method: Sendable {
        let name: String
        /// Minor units of INR of one payment.
        let limits: ClosedRange<Int64>
    }

    /// Minimum: the provider takes no order below one rupee, and no instalments below 3,000. Maximum: ₹1,00,000 by UPI and
    /// ₹2,00,000 by wallets are set by the central bank's rules; the others by our contract.
    static let methods = [
        Method(name: "card", limits: 100...50_000_000), Method(name: "upi", limits: 100...10_000_000),
        Method(name: "netbanking", limits: 100...50_000_000), Method(name: "wallet", limits: 100...20_000_000),
        Method(name: "emi", limits: 300_000...50_000_000),
    ]

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let text = try request.query.required("order_id")
        guard let id = OrderID(text), let order = try await dependencies.store.payable(id, of: caller.user) else {
            throw Problem(.notFound)
        }
        return .json(capacity: 768) { json in
            json.field("order_id", id)
            json.field("amount", order.total)
            json.field("payable", order.isOpen)
            json.array("methods") { json in
                for method in Self.methods {
                    let fits = order.total.currency == .inr && method.limits.contains(order.total.minor)
                    Self.write(method.name, order.isOpen && fits, method.limits, to: &json)
                }
                guard let limits = dependencies.cash.limits else { return }
                Self.write(Self.cash, takesCash(order), limits, to: &json)
            }
        }
    }

    /// As `payment_method` of orders calls it.
    static let cash = "cod"

    /// Whether cash is what pays the order, or could be if it were made anew: the rule of `POST /api/orders/create/`.
    private func takesCash(_ order: PayableOrder) -> Bool {
        let refusal = dependencies.cash.refusal(of: order.total, state: order.state, postalCode: order.postalCode)
        return order.isCash || (order.isOpen && refusal == nil)
    }

    private static func write(
        _ name: String, _ isAvailable: Bool, _ limits: ClosedRange<Int64>, to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("method", name)
            json.field("available", isAvailable)
            json.field("minimum", Money(minor: limits.lowerBound, currency: .inr))
            json.field("maximum", Money(minor: limits.upperBound, currency: .inr))
        }
    }
}
