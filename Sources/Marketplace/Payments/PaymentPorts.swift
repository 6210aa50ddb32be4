// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// What the payments need from other contexts.
public struct PaymentPorts: Sendable {
    /// An order's state as its buyer sees it; nil for a foreign or unknown order.
    public let order: @Sendable (OrderID, UserID) async throws -> PaidOrder?
    /// Who pays, for the checkout's form.
    public let buyer: @Sendable (UserID) async throws -> Buyer?

    /// What went back of payments, newest first, each a JSON object as its buyer sees it.
    public let refunds: @Sendable ([PaymentID]) async throws -> [PaymentID: [[UInt8]]]

    /// Whose an order is, for who may read it as its buyer: its owner, or a member of the company that it was made for; nil for others.
    public let owner: @Sendable (OrderID, UserID) async throws -> UserID?

    /// Binds the ports.
    public init(
        order: @escaping @Sendable (OrderID, UserID) async throws -> PaidOrder?,
        buyer: @escaping @Sendable (UserID) async throws -> Buyer?,
        refunds: @escaping @Sendable ([PaymentID]) async throws -> [PaymentID: [[UInt8]]],
        owner: @escaping @Sendable (OrderID, UserID) async throws -> UserID?
    ) {
        self.order = order
        self.buyer = buyer
        self.refunds = refunds
        self.owner = owner
    }
}

/// What a payment's status says about its order.
public struct PaidOrder: Sendable {
    /// The order's status.
    public let status: String
    /// What payments have made of it.
    public let paymentStatus: String

    /// States both.
    public init(status: String, paymentStatus: String) {
        self.status = status
        self.paymentStatus = paymentStatus
    }
}

/// Who pays.
public struct Buyer: Sendable {
    /// The full name.
    public let name: String
    /// The mail address.
    public let email: String
    /// The phone number, if known.
    public let phone: String?

    /// States a buyer.
    public init(name: String, email: String, phone: String?) {
        self.name = name
        self.email = email
        self.phone = phone
    }
}
