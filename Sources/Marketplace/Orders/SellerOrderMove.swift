// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// A move of parts of one order that somebody asks for.
struct SellerOrderMove: Sendable {
    /// Who asks, and for whom.
    enum Mover: Sendable {
        case buyer(UserID)
        /// A member of the seller.
        case seller(SellerID, UserID)
        case admin(UserID)
        case server
    }

    /// The order; nil: that of the parts.
    var order: OrderID?
    /// The parts; nil: every one of the order that may move there.
    var parts: [SellerOrderID]?
    var target: SellerOrderStatus
    var mover: Mover
    /// Where the request came from.
    var address: String?
    var reason: String?
    var requestID: String?
    /// The version that the parts have to have.
    var version: Int64?
    /// A parcel that leaves with it.
    var shipment: NewShipment?

    /// What the database knows the mover as.
    var columns: (party: Int16, owner: Int64?, actor: Int64?) {
        let party = Int16(mover.party.rawValue)
        return switch mover {
        case .buyer(let user): (party, user.rawValue, user.rawValue)
        case .seller(let seller, let user): (party, seller.rawValue, user.rawValue)
        case .admin(let user): (party, nil, user.rawValue)
        case .server: (party, nil, nil)
        }
    }
}

extension SellerOrderMove.Mover {
    /// As the table of moves knows it.
    var party: Parties {
        switch self {
        case .buyer: .buyer
        case .seller: .seller
        case .admin: .admin
        case .server: .system
        }
    }
}

extension SellerOrderMove {
    /// The mover as histories name it.
    var actor: String {
        switch mover {
        case .buyer(let user): "user:\(user.rawValue)"
        case .seller(_, let user): "seller:\(user.rawValue)"
        case .admin(let user): "admin:\(user.rawValue)"
        case .server: "system"
        }
    }

    /// What is left of the move once its answer stands.
    func shift(_ moved: MovedSellerOrders, of order: OrderID) -> StockShift {
        // Sellers read their movements; what an admin writes down is for admins.
        let isOfAdmin = if case .admin = mover { true } else { false }
        return StockShift(
            order: order, units: moved.units, cause: target == .packed ? "pack" : "restock",
            reason: isOfAdmin ? nil : reason, actor: actor)
    }
}

/// A parcel as a seller reports it.
struct NewShipment: Sendable {
    /// Who brings a parcel that the seller brings.
    static let ownCarrier = "self"

    var id: ShipmentID
    var carrier: String
    var trackingNumber: String?
    var trackingURL: String?
    var ewayBill: String?
    /// What is in it; nil: all that is in no parcel yet and was not refunded.
    var lines: [(line: OrderLineID, quantity: Int)]?
}

/// What came of a move.
struct MovedSellerOrders: Sendable {
    /// What came of it for one part.
    enum Outcome: Int16, Sendable {
        case moved, unchanged, notFound, illegal, otherVersion, shipmentNeeded, notYet, heldBack, shipmentAdded
        case shipmentDoesNotFit
    }

    /// One part.
    struct Part: Sendable {
        var id: SellerOrderID
        var outcome: Outcome
        var version: Int64
        /// Money that is owed to the buyer for it now, in minor units.
        var owed: Int64
        /// Where it was before; nil for one that is not there.
        var from: SellerOrderStatus?
    }

    var parts: [Part] = []
    /// The order as it is now; nil for one that is not there, or not the mover's.
    var order: OrderID?
    /// The rows of stock that changed, to be adopted after the commit.
    var stock: [StockRow] = []
    /// The units that are still to be moved, where stock was left to the end of the transaction.
    var units: [StockShift.Units] = []
}
