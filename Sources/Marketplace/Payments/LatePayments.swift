// SPDX-License-Identifier: Apache-2.0
public import Actors
public import Logging
public import MarketCore
public import MarketHTTP

/// Ends the story of money that came after its order had expired or was cancelled: the order's units are reserved again, all
/// or nothing, or the money is owed back.
///
/// The decision is one transaction of its own, apart from the one that recorded the capture. Refunds that are owed stand in
/// the jobs as `payment.refund`, and captures on paid orders as `payment.refund_duplicate`.
///
/// - Isolation: called on the loop of the store.
public struct LatePayments: Sendable {
    /// The jobs that this works off.
    public static let kind = "payment.late"

    private let store: PaymentStore
    private let inventory: InventoryDirectory
    private let orderChanged: @Sendable (OrderID) async -> Void
    private let logger: Logger

    /// Puts the parts together.
    public init(
        store: PaymentStore, inventory: InventoryDirectory, orderChanged: @escaping @Sendable (OrderID) async -> Void,
        logger: Logger
    ) {
        self.store = store
        self.inventory = inventory
        self.orderChanged = orderChanged
        self.logger = logger
    }

    /// Works off one job; a second time does nothing.
    public func settle(_ job: Job) async throws {
        // The key is the provider and its payment.
        let parts = job.key.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { throw JobGivenUp("the key names no payment") }
        let late = try await store.revive(provider: String(parts[0]), payment: String(parts[1]))
        logger.notice("late money", metadata: ["payment": "\(parts[1])", "end": "\(late.end)"])
        switch late.end {
        case .revived:
            await inventory.adopt(late.stock)
            await orderChanged(late.order)
        case .wasRevived, .refundOwed, .refundWasOwed: break
        case .unknown: throw JournalError.data("no late capture is recorded")
        }
    }
}
