// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Operations
import Postgres

/// Reads the units that unpaid orders hold, and what their payments make of it: across contexts, for operators alone.
enum HeldReservationStore {
    /// Those that end first, after a place.
    ///
    /// - Cost: led by the index of what is due, and one look-up of payments for each row.
    static func page(
        after position: HeldReservation.Position?, limit: Int, in client: some PostgresClient
    ) async throws -> [HeldReservation] {
        try await client.query(
            """
            select r.seller_order_id, r.order_id,
                   case when r.expires_at <= clock_timestamp() then 'overdue'
                        when exists (select from payments.payments p
                                      where p.order_id = r.order_id and p.status in ('created', 'initiated', 'authorized')) then 'paying'
                        else 'unpaid' end,
                   r.created_at, r.expires_at,
                   greatest(floor(extract(epoch from clock_timestamp() - r.created_at)), 0)::bigint, r.variant_ids, r.quantities
              from inventory.reservations r
             where r.state = 'held' and (r.expires_at, r.seller_order_id) > ($1, $2)
             order by r.expires_at, r.seller_order_id limit $3
            """, PostgresTimestamp(microseconds: position?.expiresAt.microseconds ?? .min),
            position?.part.rawValue ?? .min, Int64(limit)
        ).map(reservation)
    }

    private static func reservation(_ row: PostgresRow) throws -> HeldReservation {
        let variants: [Int64] = try row.decode(6)
        let quantities: [Int32] = try row.decode(7)
        let word = try row.string(2)
        guard let cause = HeldReservation.Cause(rawValue: word) else {
            throw PostgresError(.decoding, outcome: .notExecuted, "a reservation is held for \(word)")
        }
        return HeldReservation(
            part: SellerOrderID(rawValue: try row.int64(0)), order: OrderID(rawValue: try row.int64(1)), cause: cause,
            createdAt: Timestamp(microseconds: try row.timestamp(3)),
            expiresAt: Timestamp(microseconds: try row.timestamp(4)), ageSeconds: try row.int64(5),
            units: zip(variants, quantities).map {
                HeldReservation.Units(variant: VariantID(rawValue: $0), quantity: Int($1))
            })
    }
}
