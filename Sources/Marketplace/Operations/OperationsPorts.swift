// SPDX-License-Identifier: Apache-2.0

/// What operators see of other contexts; bound where the shop is put together.
public struct OperationsPorts: Sendable {
    /// Held reservations, those first that end first, after a place; at most so many.
    let heldReservations: @Sendable (_ after: HeldReservation.Position?, _ limit: Int) async throws -> [HeldReservation]

    /// How the shop is now.
    let overview: @Sendable () async throws -> ShopOverview

    /// Hands everything in.
    public init(
        heldReservations:
            @escaping @Sendable (_ after: HeldReservation.Position?, _ limit: Int) async throws -> [HeldReservation],
        overview: @escaping @Sendable () async throws -> ShopOverview
    ) {
        self.heldReservations = heldReservations
        self.overview = overview
    }
}
