// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
import MarketHTTP

/// Finds the seller for whom a caller works. What is not that seller's does not exist for them.
public struct SellerDesk: Sendable {
    /// The seller that a user works for, and whether it sells now; nil for a user who works for none.
    public typealias Look = @Sendable (UserID) async throws -> (seller: SellerID, isActive: Bool)?

    private let look: Look

    /// Asks somebody else.
    public init(look: @escaping Look) {
        self.look = look
    }

    /// Asks the catalogue's own window to sellers.
    public init(store: CatalogStore) {
        self.init { try await store.seller(of: $0) }
    }

    /// The caller's seller.
    ///
    /// - Throws: 403 `forbidden` where there is none; 403 `seller-not-active` for one that may not change what it sells.
    func seller(of caller: Caller, mustBeActive: Bool) async throws -> SellerID {
        guard let found = try await look(caller.user) else {
            throw Problem(.forbidden, detail: "You are no member of a seller.")
        }
        guard found.isActive || !mustBeActive else { throw Problem(.sellerNotActive) }
        return found.seller
    }
}
