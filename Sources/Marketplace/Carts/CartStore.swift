// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
import MarketHTTP
public import Postgres

/// Carts in PostgreSQL. Changes go through `checkout.save_cart_v1`, which commits the key row with them.
public struct CartStore: CartJournal {
    private let postgres: @Sendable () -> PostgresPool

    /// Makes a store over the database of the calling loop.
    public init(postgres: @escaping @Sendable () -> PostgresPool) {
        self.postgres = postgres
    }

    public func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState {
        do {
            if let cart = try await find(owner) { return cart }
            _ = try await postgres().execute(
                "insert into carts.carts (id, user_id, token_hash) values ($1, $2, $3) on conflict do nothing",
                newID.rawValue, owner.user, owner.token)
            // Another process may have made it in between; either way it is there now.
            if let cart = try await find(owner) { return cart }
        } catch {
            throw JournalError(error)
        }
        throw .fault("a cart is neither there nor can it be made")
    }

    private func find(_ owner: CartOwner) async throws -> CartState? {
        let rows = try await postgres().query(
            """
            select c.id, c.version, c.updated_at, l.line_id, l.variant_id, l.quantity, l.note, l.unit_price_seen_minor
              from carts.carts c left join carts.cart_lines l on l.cart_id = c.id
             where c.user_id = $1 or c.token_hash = $2 order by l.line_id
            """, owner.user, owner.token)
        guard let first = rows.first else { return nil }
        var lines: [CartState.Line] = []
        for row in rows {
            guard let line = try row.int64OrNil(3) else { continue }
            lines.append(
                CartState.Line(
                    id: CartLineID(rawValue: line), variant: VariantID(rawValue: try row.int64(4)),
                    quantity: try row.int(5), note: try row.stringOrNil(6), unitPriceSeen: try row.int64(7)))
        }
        return CartState(
            id: CartID(rawValue: try first.int64(0)), owner: owner, version: try first.int64(1), lines: lines,
            updatedAt: Timestamp(microseconds: try first.timestamp(2)))
    }

    public func save(_ write: CartWrite) async throws(JournalError) -> CartWriteOutcome {
        do {
            return try await Self.save(write, in: postgres())
        } catch {
            throw JournalError(error)
        }
    }

    /// Ends the transaction of two carts, one of which was at another version.
    private struct Moved: Error {}

    public func save(_ first: CartWrite, _ second: CartWrite) async throws(JournalError) -> CartWriteOutcome {
        // Cart rows are locked in the order of their ids, as every writer does.
        let writes = first.cart < second.cart ? [first, second] : [second, first]
        do {
            return try await postgres().withTransaction { transaction in
                for write in writes {
                    guard try await Self.save(write, in: transaction) == .saved else { throw Moved() }
                }
                return .saved
            }
        } catch is Moved {
            return .moved
        } catch {
            throw JournalError(error)
        }
    }

    private static func save(
        _ write: CartWrite, in client: some PostgresClient
    ) async throws -> CartWriteOutcome {
        let row = try await client.query(
            """
            select code, request_hash, status, headers, body
              from checkout.save_cart_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """, with: parameters(write)
        ).only()
        switch try row.int16(0) {
        case 0: return .saved
        case 1: return .busy
        case 3: return .moved
        case 2:
            guard let fingerprint = Hash32(try row.bytes(1)),
                let answer = StoredAnswer(
                    status: try row.int(2), fieldBytes: try row.bytesOrNil(3) ?? [], body: try row.bytesOrNil(4) ?? [])
            else { throw JournalError.fault("a key row cannot be read") }
            return .known(fingerprint: fingerprint, answer: answer)
        case let code: throw JournalError.fault("save_cart_v1 answers \(code)")
        }
    }

    private static func parameters(_ write: CartWrite) -> PostgresParameters {
        var parameters = PostgresParameters()
        parameters.append(write.cart.rawValue)
        parameters.append(write.expectedVersion)
        parameters.appendArray(write.upserts) { $0.id.rawValue }
        parameters.appendArray(write.upserts) { $0.variant.rawValue }
        parameters.appendArray(write.upserts) { Int32(clamping: $0.quantity) }
        parameters.appendOptionalArray(write.upserts) { $0.note }
        parameters.appendArray(write.upserts) { $0.unitPriceSeen }
        parameters.appendArray(write.removed) { $0.rawValue }
        parameters.append(write.key?.claim.digest.bytes)
        parameters.append(write.key?.claim.fingerprint.bytes)
        parameters.append(write.key.map { Int32(clamping: $0.claim.retention.components.seconds) })
        parameters.append(write.key.map { Int16(clamping: $0.answer.status) })
        parameters.append(write.key?.answer.fieldBytes)
        parameters.append(write.key?.answer.body)
        parameters.append(write.key?.claim.user?.rawValue)
        return parameters
    }
}

extension CartOwner {
    fileprivate var user: Int64? {
        if case .user(let id) = self { id.rawValue } else { nil }
    }

    fileprivate var token: [UInt8]? {
        if case .token(let hash) = self { hash.bytes } else { nil }
    }
}
