// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

extension CartActor {
    /// What a merge decided: both carts as they shall be.
    public struct Merge: Sendable {
        /// The anonymous cart afterwards.
        public let guest: CartState
        /// The account's cart afterwards.
        public let account: CartState

        /// States a decision.
        public init(guest: CartState, account: CartState) {
            self.guest = guest
            self.account = account
        }
    }

    enum MergeStep: Sendable {
        case saved
        case moved
        case nothing
    }

    /// Moves lines of this anonymous cart into an account's cart, both in one transaction, while neither is changed by
    /// anything else in this process; another process's change makes it start again from what is there.
    ///
    /// The anonymous cart waits for the account's and never the other way round, so that no two carts wait for each other.
    ///
    /// - Parameter decide: may be called again; nil leaves both as they are.
    /// - Returns: whether anything moved. Repeating it moves nothing.
    /// - Throws: `MailboxError`, `JournalError`, and what `decide` throws.
    @discardableResult
    public func merge(
        into account: CartActor, now: UInt64,
        _ decide: @escaping @Sendable (_ guest: CartState, _ account: CartState) async throws -> Merge?
    ) async throws -> Bool {
        guard case .token = owner, case .user = account.owner else {
            preconditionFailure("an anonymous cart is merged into an account's")
        }
        return try await alone(now: now) { cart in
            // Whoever filled it may have been another process, which told nobody.
            cart.forget()
            for _ in 0..<Self.attemptsMax {
                let guest = try await cart.loaded()
                guard !guest.lines.isEmpty else { return false }
                do {
                    switch try await account.take(from: guest, now: now, decide) {
                    case .nothing: return false
                    case .saved:
                        cart.forget()
                        return true
                    case .moved: cart.forget()
                    }
                } catch {
                    cart.forget()
                    throw error
                }
            }
            throw JournalError.conflict
        }
    }

    /// The account's side of a merge.
    private func take(
        from guest: CartState, now: UInt64,
        _ decide: @escaping @Sendable (CartState, CartState) async throws -> Merge?
    ) async throws -> MergeStep {
        let journal = journal
        return try await alone(now: now) { cart in
            let old = try await cart.loaded()
            guard let merge = try await decide(guest, old) else { return .nothing }
            precondition(
                merge.guest.id == guest.id && merge.guest.version == guest.version + 1 && merge.account.id == old.id
                    && merge.account.version == old.version + 1, "a merge raises both versions by one")
            let outcome: CartMergeOutcome
            do {
                outcome = try await journal.save(
                    cart.write(from: guest, to: merge.guest, key: nil),
                    cart.write(from: old, to: merge.account, key: nil))
            } catch {
                cart.forget()
                throw error
            }
            guard outcome == .saved else {
                cart.forget()
                return .moved
            }
            cart.replace(by: merge.account)
            return .saved
        }
    }
}
