// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// What a login's second factor was found to be before its transaction, which then takes it.
enum SecondFactorCheck: Sendable {
    /// The account has none.
    case notNeeded
    /// The code of a step.
    case step(Int64)
    /// A recovery code, by its hash.
    case recovery([UInt8])

    /// Judges what a login brought.
    ///
    /// - Returns: nil for nothing, or for what is wrong or used.
    static func judge(
        _ code: String?, of user: UserID, _ dependencies: AccountsDependencies
    ) async throws -> SecondFactorCheck? {
        let reads = dependencies.pool.reads
        guard let factor = try await AccountsStore.secondFactor(of: user, in: reads), factor.isEnrolled else {
            return .notNeeded
        }
        guard let code else { return nil }
        if let hash = SecondFactors.hash(ofRecovery: code, for: user) {
            return try await AccountsStore.hasRecovery(hash, of: user, in: reads) ? .recovery(hash) : nil
        }
        guard let secret = dependencies.secondFactors.open(factor.sealed, for: user),
            let step = OneTimeCode.step(of: code, secret: secret, at: dependencies.clock.now().seconds),
            step > factor.lastStep
        else { return nil }
        return .step(step)
    }

    /// Takes it in the login's transaction, which has locked the user; false where another login has taken it meanwhile, or a second
    /// factor was enrolled.
    func take(of user: UserID, in transaction: PostgresTransaction) async throws(PostgresError) -> Bool {
        switch self {
        case .notNeeded: try await AccountsStore.secondFactor(of: user, in: transaction)?.isEnrolled != true
        case .step(let step): try await AccountsStore.takeStep(step, of: user, in: transaction)
        case .recovery(let hash): try await AccountsStore.takeRecovery(hash, of: user, in: transaction)
        }
    }

    /// Says that a second factor is wanted, whatever was wrong with the one that was brought.
    static var refusal: Problem {
        Problem(
            .mfaRequired, detail: "Send a code of the second factor as otp.",
            headers: [.authenticate("Bearer realm=\"mve\"")])
    }
}
