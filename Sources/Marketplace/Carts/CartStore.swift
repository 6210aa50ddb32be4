// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
import MarketHTTP
public import Postgres

/// Carts in PostgreSQL. Changes go through `checkout.save_carts_v3`, many carts a batch, each with its key row.
public struct CartStore: CartJournal {
    let postgres: @Sendable () -> PostgresPool
    private let writer: @Sendable () -> any PostgresClient

    /// Makes a store over the database of the calling loop.
    ///
    /// - Parameters:
    ///   - postgres: reads.
    ///   - writer: the connections of the batches.
    public init(
        postgres: @escaping @Sendable () -> PostgresPool, writer: @escaping @Sendable () -> any PostgresClient
    ) {
        self.postgres = postgres
        self.writer = writer
    }

    public func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        let postgres = postgres
        return try await KeyStore { postgres() }.keys(digests)
    }

    public func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState {
        do {
            if let cart = try await Self.find(owner, in: postgres()) { return cart }
            _ = try await postgres().execute(
                "insert into carts.carts (id, user_id, token_hash) values ($1, $2, $3) on conflict do nothing",
                newID.rawValue, owner.user, owner.token)
            // Another process may have made it in between; either way it is there now.
            if let cart = try await Self.find(owner, in: postgres()) { return cart }
        } catch {
            throw JournalError(error)
        }
        throw .fault("a cart is neither there nor can it be made")
    }

    public func find(_ owner: CartOwner) async throws(JournalError) -> CartState? {
        do {
            return try await Self.find(owner, in: postgres())
        } catch {
            throw JournalError(error)
        }
    }

    /// The owner's cart as it is committed, or as the client's transaction has it.
    static func find(_ owner: CartOwner, in client: some PostgresClient) async throws(PostgresError) -> CartState? {
        let rows = try await client.query(
            """
            select c.id, c.version, c.updated_at, c.company_id, l.line_id, l.variant_id, l.quantity, l.note,
                   l.unit_price_seen_minor, c.shipping_address_id
              from carts.carts c left join carts.cart_lines l on l.cart_id = c.id
             where c.user_id = $1 or c.token_hash = $2 order by l.line_id
            """, owner.user, owner.token)
        guard let first = rows.first else { return nil }
        var lines: [CartState.Line] = []
        for row in rows {
            guard let line = try row.int64OrNil(4) else { continue }
            lines.append(
                CartState.Line(
                    id: CartLineID(rawValue: line), variant: VariantID(rawValue: try row.int64(5)),
                    quantity: try row.int(6), note: try row.stringOrNil(7), unitPriceSeen: try row.int64(8)))
        }
        return CartState(
            id: CartID(rawValue: try first.int64(0)), owner: owner, version: try first.int64(1),
            company: try first.int64OrNil(3).map { CompanyID(rawValue: $0) },
            shippingAddress: try first.int64OrNil(9).map { AddressID(rawValue: $0) }, lines: lines,
            updatedAt: Timestamp(microseconds: try first.timestamp(2)))
    }

    public func save(_ writes: [CartWrite]) async throws(JournalError) -> [CartWriteOutcome] {
        do {
            let rows = try await writer().query(
                """
                select idx, code, version, request_hash, status, headers, body from checkout.save_carts_v3(
                  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                  $24, $25, $26)
                """, with: CartParameters(writes).encoded())
            return try CartRows(rows, count: writes.count).outcomes
        } catch {
            throw JournalError(error)
        }
    }
}

extension CartOwner {
    var user: Int64? {
        if case .user(let id) = self { id.rawValue } else { nil }
    }

    var token: [UInt8]? {
        if case .token(let hash) = self { hash.bytes } else { nil }
    }
}
