// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// The units that a move frees or takes, still to be moved: rows that many buy are locked from then to the commit, so it comes last,
/// when the answer stands.
struct StockShift: Sendable {
    /// What one variant gets.
    struct Units: Sendable {
        var variant: VariantID
        /// Added to what is promised.
        var reserved: Int
        /// Added to what is on the shelf.
        var onHand: Int
        /// The id of the movement on the shelf; 0 where there is none.
        var movement: Int64
    }

    var order: OrderID
    var units: [Units] = []
    /// Of movements: `pack` or `restock`.
    var cause: String?
    var reason: String?
    /// Who moved it, as histories name them.
    var actor: String
}
