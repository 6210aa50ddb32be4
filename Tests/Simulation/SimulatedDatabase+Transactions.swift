// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase {
    enum Fault: Equatable {
        case none, conflict, short, stuck, unavailable
        case fault
        /// The reply is lost and nothing was done.
        case lostBefore
        /// The reply is lost after the commit.
        case lostAfter
        /// The connection is lost, and the transaction goes on for so many milliseconds until it commits.
        case lateCommit(Int)
        /// The connection is lost before the server has read the statement: it begins only so many milliseconds later.
        case lateStart(Int)
        /// The reply takes so many milliseconds.
        case slowReply(Int)
    }

    /// One statement on its way.
    struct Call {
        let fault: Fault
        let epoch: Int

        /// How the statement goes on without a client; nil when the client waits for it.
        var afterwards: (start: Int, lasting: Int)? {
            switch fault {
            case .lateCommit(let milliseconds): (0, milliseconds)
            case .lateStart(let milliseconds): (milliseconds, 0)
            default: nil
            }
        }
    }

    /// A transaction's locks.
    struct Transaction {
        var held: [Lock] = []
        let epoch: Int
    }

    func nextFault() -> Fault {
        if !script.isEmpty { return script.removeFirst() }
        for chance in chances where dice.chance(perMille: chance.perMille) {
            switch chance.fault {
            case .lateCommit(let most): return .lateCommit(dice.number(1...max(1, most)))
            case .lateStart(let most): return .lateStart(dice.number(1...max(1, most)))
            case .slowReply(let most): return .slowReply(dice.number(1...max(1, most)))
            default: return chance.fault
            }
        }
        return .none
    }

    func pause(_ milliseconds: Int? = nil) async {
        await clock.pause(milliseconds ?? dice.number(delays))
    }

    /// The statement's way to the server, and what goes wrong on it.
    ///
    /// - Parameter canRunShort: whether it is a statement with a guarded update.
    func arrive(_ client: ProcessLife?, canRunShort: Bool = false) async throws(JournalError) -> Call {
        guard isUp else { throw .unavailable }
        let call = Call(fault: nextFault(), epoch: epoch)
        await pause()
        switch call.fault {
        case .none, .lostAfter, .lateCommit, .lateStart, .slowReply: break
        case .conflict: throw .conflict
        case .short: if canRunShort { throw .short } else { throw .conflict }
        case .stuck: throw .stuck
        case .unavailable: throw .unavailable
        case .fault: throw .fault("as arranged")
        case .lostBefore: throw .unknownOutcome
        }
        // The client died while the statement was on its way: it may have arrived all the same.
        if let client, !client.isAlive, dice.chance(perMille: 500) { throw .unknownOutcome }
        guard call.epoch == epoch, isUp else { throw .unknownOutcome }
        return call
    }

    /// The reply's way back.
    func depart(_ call: Call) async throws(JournalError) {
        if case .slowReply(let milliseconds) = call.fault { await pause(milliseconds) }
        await pause()
        guard call.epoch == epoch, call.fault != .lostAfter else { throw .unknownOutcome }
    }

    func begin() -> Transaction {
        running += 1
        return Transaction(epoch: epoch)
    }

    func end(_ transaction: Transaction) {
        guard transaction.epoch == epoch else { return }
        running -= 1
        for lock in transaction.held { locks.remove(lock) }
    }

    /// Throws when the server died since the transaction began: it is undone.
    func check(_ transaction: Transaction) throws(JournalError) {
        guard transaction.epoch == epoch else { throw .unknownOutcome }
    }

    /// Takes a lock if nobody has it.
    func tryLock(_ lock: Lock, in transaction: inout Transaction) -> Bool {
        guard locks.insert(lock).inserted else { return false }
        transaction.held.append(lock)
        return true
    }

    /// Waits for a row lock as long as `lock_timeout` says.
    func lock(_ lock: Lock, in transaction: inout Transaction) async throws(JournalError) {
        guard !transaction.held.contains(lock) else { return }
        var waited = 0
        while locks.contains(lock) {
            guard waited < lockTimeout else { throw .stuck }
            let step = waited < 4 ? 1 : 4
            await pause(step)
            try check(transaction)
            waited += step
        }
        locks.insert(lock)
        transaction.held.append(lock)
    }

    /// A live key row.
    func liveKey(_ digest: Hash32) -> KeyRow? {
        guard let row = keys[digest], row.expires > now else { return nil }
        return row
    }

    /// A finished key row as it is written now.
    func finished(_ claim: KeyClaim, _ answer: StoredAnswer) -> KeyRow {
        KeyRow(fingerprint: claim.fingerprint, answer: answer, madeAt: now, expires: expiry(claim.retention))
    }

    func expiry(_ retention: Duration) -> UInt64 {
        now &+ retention.wholeMilliseconds &* 1_000_000
    }

    func publish(_ type: String, _ aggregate: String, _ sequence: Int) {
        let isNew = outbox.insert(OutboxEvent(aggregate: aggregate, sequence: sequence, type: type)).inserted
        trace.expect(isNew, "two events \(sequence) of \(aggregate)")
    }
}
