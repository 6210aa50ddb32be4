// SPDX-License-Identifier: Apache-2.0
import Actors
public import MarketCore

/// Takes the cart that a client filled before it logged in over into the account's cart: one transaction for both carts,
/// each in its own turn. Repeating it changes nothing.
public struct MergeCarts: Sendable {
    private let dependencies: CartsDependencies

    /// Works on the carts of these endpoints.
    public init(_ dependencies: CartsDependencies) {
        self.dependencies = dependencies
    }

    /// Merges.
    ///
    /// - Throws: `MailboxError` when a cart has too much to do, `JournalError`, what reading offers throws; the carts are
    ///   then both as they were, or both merged.
    public func run(_ client: Hash32, into user: UserID) async throws {
        let dependencies = dependencies
        let carts = dependencies.carts
        try await carts.withCart(of: .token(client)) { guest in
            try await carts.withCart(of: .user(user)) { account in
                _ = try await guest.merge(into: account, now: dependencies.monotonic()) { guest, account in
                    let offers = try await dependencies.ports.offers(
                        Array(Set((guest.lines + account.lines).map(\.variant))), account.company)
                    return CartRules.merging(guest, into: account, offers: offers, now: dependencies.clock.now())
                }
            }
        }
    }
}
