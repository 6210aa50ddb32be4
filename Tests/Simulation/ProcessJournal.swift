// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// One process's connections to the database: a process that died hears nothing any more.
///
/// What it still sends is refused, as everything that its sockets would have carried; its tasks end by that and leave no trace.
struct ProcessJournal: Sendable {
    let database: SimulatedDatabase
    let life: ProcessLife
    let trace: Trace

    /// One actor per cart, one message at a time: a process never has two statements under way that change one cart.
    private func alone(_ carts: [CartID]) {
        trace.expect(life.writes(carts), "process \(life.number) changes a cart twice at a time")
    }

    private static let dead = JournalError.fault("the process is dead")

    /// Before a statement: whether there is anybody who could send it.
    func send() throws(JournalError) {
        if !life.isAlive { throw Self.dead }
    }

    /// After a statement: whether there is anybody who hears the reply.
    func receive<Value>(_ value: Value) throws(JournalError) -> Value {
        if !life.isAlive { throw Self.dead }
        return value
    }

    /// An error as the process hears it.
    func heard(_ error: JournalError) -> JournalError {
        life.isAlive ? error : Self.dead
    }
}

extension ProcessJournal: OrderJournal, KeyJournal {
    func place(_ orders: [PlaceOrder], check: StockCheck) async throws(JournalError) -> PlacedBatch {
        try send()
        alone(orders.map(\.order.cart))
        defer { life.wrote(orders.map(\.order.cart)) }
        do throws(JournalError) {
            return try receive(try await database.place(orders, check: check, by: life))
        } catch {
            throw heard(error)
        }
    }

    func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        try send()
        do throws(JournalError) {
            return try receive(try await database.keys(digests, by: life))
        } catch {
            throw heard(error)
        }
    }

    func storeRefusals(_ refusals: [StoredRefusal]) async throws(JournalError) -> Int {
        try send()
        do throws(JournalError) {
            return try receive(try await database.storeRefusals(refusals, by: life))
        } catch {
            throw heard(error)
        }
    }
}

extension ProcessJournal: StockJournal {
    func stock(of variants: [VariantID]) async throws(JournalError) -> [StockRow] {
        try send()
        do throws(JournalError) {
            return try receive(try await database.stock(of: variants, by: life))
        } catch {
            throw heard(error)
        }
    }

    func unlocked(among variants: [VariantID]) async throws(JournalError) -> Set<VariantID> {
        try send()
        do throws(JournalError) {
            return try receive(try await database.unlocked(among: variants, by: life))
        } catch {
            throw heard(error)
        }
    }
}

extension ProcessJournal: CartJournal {
    func find(_ owner: CartOwner) async throws(JournalError) -> CartState? {
        try send()
        do throws(JournalError) {
            return try receive(try await database.find(owner, by: life))
        } catch {
            throw heard(error)
        }
    }

    func load(_ owner: CartOwner, newID: CartID) async throws(JournalError) -> CartState {
        try send()
        do throws(JournalError) {
            return try receive(try await database.load(owner, newID: newID, by: life))
        } catch {
            throw heard(error)
        }
    }

    func save(_ writes: [CartWrite]) async throws(JournalError) -> [CartWriteOutcome] {
        try send()
        alone(writes.map(\.cart))
        defer { life.wrote(writes.map(\.cart)) }
        do throws(JournalError) {
            return try receive(try await database.save(writes, by: life))
        } catch {
            throw heard(error)
        }
    }

    /// Merges two carts in one transaction of this process.
    func merge(
        _ guest: CartOwner, into account: CartOwner, newID: CartID, _ decide: @escaping SimulatedDatabase.Merging
    ) async throws(JournalError) -> [CartID] {
        try send()
        do throws(JournalError) {
            return try receive(try await database.merge(guest, into: account, newID: newID, by: life, decide))
        } catch {
            throw heard(error)
        }
    }
}

extension ProcessJournal: PaymentJournal {
    func apply(_ messages: [PaymentMessage]) async throws(JournalError) -> [PaymentOutcome] {
        try send()
        do throws(JournalError) {
            return try receive(try await database.apply(messages, by: life))
        } catch {
            throw heard(error)
        }
    }
}
