// SPDX-License-Identifier: Apache-2.0
public import MarketCore
internal import Synchronization
public import UVRuntime

/// Owns one cart: one change at a time, version + 1 each, answered from memory and written through.
///
/// Another process may write the same cart: its row's version tells, and the change is made again on what is there.
///
/// - Isolation: an actor on its shard's loop; changes pass through its mailbox one at a time.
public final actor CartActor: LoopActor {
    public nonisolated let executor: LoopExecutor
    /// Whose cart it is.
    public nonisolated let owner: CartOwner
    let journal: any CartJournal
    private let writer: CartWriter
    private let newID: @Sendable () -> CartID
    private let mailbox: SerialMailbox
    private var state: CartState?
    /// The id of a cart that has no row yet: who reads it twice sees one cart, and its first change makes that one.
    private var unmade: CartID?
    private(set) var lastUsed: UInt64 = 0
    /// How many have it in their hands. Raised on the shard's loop only; lowered anywhere.
    private let borrowers = Atomic<Int>(0)

    /// Changes that may wait for one cart; a person does not send more, a runaway client gets 503.
    public static let mailboxMax = 64
    /// Times a change is made anew because other processes wrote in between; each try of two equal writers fails by one half.
    static let attemptsMax = 32

    /// What a change decided.
    public struct Change<Value: Sendable>: Sendable {
        /// The cart as it shall be, or nil to leave it as it is.
        public let state: CartState?
        /// The key row that commits with it.
        public let key: (claim: KeyClaim, answer: StoredAnswer)?
        /// The caller's result.
        public let value: Value

        /// States a decision.
        public init(state: CartState?, key: (claim: KeyClaim, answer: StoredAnswer)? = nil, value: Value) {
            self.state = state
            self.key = key
            self.value = value
        }
    }

    /// What came of a change.
    public enum Outcome<Value: Sendable>: Sendable {
        /// Done, or nothing had to be done.
        case done(Value)
        /// The key was used before.
        case known(fingerprint: Hash32, answer: StoredAnswer)
        /// Another process works on the key, longer than we wait.
        case inProgress
    }

    /// What came of one turn of the cart.
    private enum Turn<Value: Sendable>: Sendable {
        case ended(Outcome<Value>)
        /// Another process works on the key; or, with a doubt, the session of our own first try of a write does.
        case keyBusy(KeyClaim, Doubt<Value>?)
    }

    /// A write whose reply was lost and whose key is still busy: it may yet be committed.
    private struct Doubt<Value: Sendable>: Sendable {
        let write: CartWrite
        let value: Value
    }

    init(
        executor: LoopExecutor, owner: CartOwner, journal: any CartJournal, writer: CartWriter,
        newID: @escaping @Sendable () -> CartID
    ) {
        self.executor = executor
        self.owner = owner
        self.journal = journal
        self.writer = writer
        self.newID = newID
        mailbox = SerialMailbox(executor: executor, capacity: Self.mailboxMax)
    }

    /// Whether its lines are known without asking the journal.
    public var isInMemory: Bool { state != nil }

    /// The committed cart as this process knows it, after the changes that are queued; an empty one where there is none, which reading
    /// does not make.
    ///
    /// - Parameter fresh: reads the row again first.
    /// - Throws: `MailboxError`, `JournalError`.
    public func read(fresh: Bool = false, now: UInt64) async throws -> CartState {
        lastUsed = now
        if !fresh, await mailbox.isIdle, let state { return state }
        return try await mailbox.perform { () async throws -> CartState in
            if fresh { state = nil }
            return try await known()
        }
    }

    /// Decides and commits one change; `decide` may be called again when another process wrote in between.
    ///
    /// What memory says may be refused by the row's version; but a refusal, or that there is nothing to do, touches no row:
    /// such a decision rests on a cart that was read in this turn.
    ///
    /// A key that another process works on is waited for outside the cart's turn: other changes of it go on meanwhile.
    ///
    /// - Parameter version: the one that the caller was shown, perhaps by another process: memory that is behind it reads the
    ///   row first, so that nobody is refused for a version that is the committed one.
    /// - Throws: `MailboxError`, `JournalError`, and what `decide` throws.
    public func change<Value: Sendable>(
        now: UInt64, atLeast version: Int64? = nil, _ decide: @Sendable (CartState) async throws -> Change<Value>
    ) async throws -> Outcome<Value> {
        lastUsed = now
        var wait: CartWriter.KeyWait?
        var doubts: [Doubt<Value>] = []
        while true {
            do {
                let turn = try await mailbox.perform { () async throws -> Turn<Value> in
                    try await self.turn(atLeast: version, decide)
                }
                let found: (fingerprint: Hash32, answer: StoredAnswer)
                switch turn {
                case .ended(.known(let fingerprint, let answer)): found = (fingerprint, answer)
                case .ended(let outcome): return outcome
                case .keyBusy(let claim, let doubt):
                    if let doubt { doubts.append(doubt) }
                    switch try await writer.wait(for: claim.digest, after: wait) {
                    case .again(let next):
                        wait = next
                        continue
                    case .tooLong: return .inProgress
                    case .finished(let fingerprint, let answer): found = (fingerprint, answer)
                    }
                }
                if let own = doubts.first(where: { $0.write.hasKey(found.fingerprint, found.answer) }) {
                    return .done(own.value)
                }
                return .known(fingerprint: found.fingerprint, answer: found.answer)
            } catch let error where !doubts.isEmpty && (error is JournalError || error is MailboxError) {
                throw JournalError.unknownOutcome
            }
        }
    }

    /// Decides and sends a change until it is committed, refused, or its key is busy. In the cart's turn.
    private func turn<Value: Sendable>(
        atLeast version: Int64?, _ decide: @Sendable (CartState) async throws -> Change<Value>
    ) async throws -> Turn<Value> {
        var isFresh = state == nil
        for _ in 0..<Self.attemptsMax {
            let old = try await known(atLeast: version)
            let change: Change<Value>
            do {
                change = try await decide(old)
            } catch {
                guard !isFresh else { throw error }
                (state, isFresh) = (nil, true)
                continue
            }
            guard let new = change.state, new != old else {
                guard !isFresh else { return .ended(.done(change.value)) }
                (state, isFresh) = (nil, true)
                continue
            }
            precondition(new.id == old.id && new.version == old.version + 1, "a change raises the version by one")
            CrashPoint.reach(.cartDecided)
            if state == nil {
                // Its first change: only now it needs a row. Another process may have made one meanwhile.
                guard try await loaded().id == old.id else {
                    isFresh = true
                    continue
                }
            }
            let write = write(from: old, to: new, key: change.key)
            let outcome: CartWriter.Outcome
            do {
                outcome = try await writer.save(write)
            } catch {
                state = nil  // it may be committed all the same: read it again before the next change
                throw error
            }
            switch outcome {
            case .saved:
                state = new
                return .ended(.done(change.value))
            case .answered:
                state = nil
                return .ended(.done(change.value))
            case .moved:
                (state, isFresh) = (nil, true)
            case .known(let fingerprint, let answer):
                return .ended(.known(fingerprint: fingerprint, answer: answer))
            case .keyBusy(let isInDoubt):
                guard let claim = change.key?.claim else {
                    throw JournalError.fault("a write without a key found it busy")
                }
                state = nil  // whoever works on the key changes the cart
                return .keyBusy(claim, isInDoubt ? Doubt(write: write, value: change.value) : nil)
            }
        }
        throw JournalError.conflict
    }

    /// A change as it will be committed, with a number of its own.
    func write(
        from old: CartState, to new: CartState, key: (claim: KeyClaim, answer: StoredAnswer)?
    ) -> CartWrite {
        CartWrite(number: newID().rawValue, from: old, to: new, key: key)
    }

    /// Runs a checkout alone: no change of this cart by this process happens meanwhile.
    ///
    /// - Parameters:
    ///   - version: the one that the caller was shown, as in `change`.
    ///   - place: gets the cart and says whether its version was ordered; the row itself was emptied by the order's
    ///     transaction (hot path rule 4).
    public func checkout<Value: Sendable>(
        now: UInt64, atLeast version: Int64? = nil, _ place: @Sendable (CartState) async throws -> (Value, Ordered)
    ) async throws -> Value {
        lastUsed = now
        return try await mailbox.perform { () async throws -> Value in
            let cart = try await loaded(atLeast: version)
            let value: Value
            let ordered: Ordered
            do {
                (value, ordered) = try await place(cart)
            } catch {
                state = nil
                throw error
            }
            switch ordered {
            case .yes(let at):
                state = CartState(
                    id: cart.id, owner: owner, version: cart.version + 1, company: cart.company,
                    shippingAddress: cart.shippingAddress, lines: [], updatedAt: at)
            case .no: break
            case .unknown: state = nil
            }
            return value
        }
    }

    /// What a checkout did to the cart.
    public enum Ordered: Sendable {
        /// The version became an order: the cart is empty and one version higher.
        case yes(Timestamp)
        /// Untouched.
        case no
        /// Somebody changed it: memory is worth nothing.
        case unknown
    }

    /// The cart, whose row is made where there is none.
    func loaded(atLeast version: Int64? = nil) async throws -> CartState {
        if let state = remembered(atLeast: version) { return state }
        let loaded = try await journal.load(owner, newID: unmade ?? newID())
        (state, unmade) = (loaded, nil)
        return loaded
    }

    /// The cart, or an empty one that is not made: nothing is remembered then.
    private func known(atLeast version: Int64? = nil) async throws -> CartState {
        if let state = remembered(atLeast: version) { return state }
        state = try await journal.find(owner)
        if let state {
            unmade = nil
            return state
        }
        let id = unmade ?? newID()
        unmade = id
        return CartState(id: id, owner: owner, version: 1, lines: [], updatedAt: id.createdAt)
    }

    /// Versions only rise: a memory below what somebody saw is behind the row.
    private func remembered(atLeast version: Int64?) -> CartState? {
        guard let state, version.map({ state.version >= $0 }) ?? true else { return nil }
        return state
    }

    /// Forgets what memory knows; the next use reads the row.
    public func forget() {
        state = nil
    }

    /// Reads its row before it is used next: somebody else has committed a change of it. Waits for the change that is under way, which
    /// may have read the row before and would remember what it read.
    func renew() async {
        do {
            try await mailbox.perform { () async throws -> Void in state = nil }
        } catch {
            // Too many wait: each of them writes, and a version that is behind is refused.
            state = nil
        }
    }

    /// Whether it is one of these carts, or about to become known.
    func isAmong(_ carts: Set<CartID>) -> Bool {
        guard let state else { return !isIdle }
        return carts.contains(state.id)
    }

    /// It is handed out.
    func lend(at now: UInt64) {
        lastUsed = now
        borrowers.add(1, ordering: .relaxed)
    }

    /// Who had it has it no more and asks nothing more of it.
    nonisolated func giveBack() {
        let rest = borrowers.subtract(1, ordering: .releasing).newValue
        precondition(rest >= 0, "a cart was given back twice")
    }

    /// Nobody has it, nothing runs and nothing waits. On the loop, synchronously, so that the directory can drop it in the
    /// same step.
    var isIdle: Bool { borrowers.load(ordering: .acquiring) == 0 && mailbox.assumeIsolated { $0.isIdle } }
}
