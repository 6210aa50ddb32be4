// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/ops/reservations/`: a page of the units that unpaid orders hold, those first that end first.
struct ListReservations: Sendable {
    static let path = "/api/admin/ops/reservations/"

    let dependencies: OperationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let list = ListIdentity(route: Self.path, sort: "expires_at", filters: [])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await dependencies.ports.heldReservations(try asked.after.map(Self.position), asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.expiresAt.microseconds), .number($0.part.rawValue)])
        }
        return pages.response(page, in: list) { reservation, json in
            Self.write(reservation, to: &json)
        }
    }

    private static func position(_ cursor: PageCursor) throws -> HeldReservation.Position {
        guard cursor.keys.count == 2, case .number(let time) = cursor.keys[0], case .number(let id) = cursor.keys[1]
        else { throw Problem(.invalidCursor) }
        return (Timestamp(microseconds: time), SellerOrderID(rawValue: id))
    }

    private static func write(_ reservation: HeldReservation, to json: inout JSONWriter) {
        json.object { json in
            json.field("seller_order_id", reservation.part)
            json.field("order_id", reservation.order)
            json.field("cause", reservation.cause.rawValue)
            json.field("created_at", reservation.createdAt)
            json.field("expires_at", reservation.expiresAt)
            json.field("age_seconds", reservation.ageSeconds)
            json.array("units") { json in
                for units in reservation.units {
                    json.object { json in
                        json.field("variant_id", units.variant)
                        json.field("quantity", units.quantity)
                    }
                }
            }
        }
    }
}
