// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// `POST /api/auth/mfa/verify/`: a first code enrols the second factor; every other session ends, and logins ask for a code.
struct VerifySecondFactor: Sendable {
    let dependencies: AccountsDependencies

    private struct Prepared: Sendable {
        let step: Int64
        let recoveryCodes: [String]
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, isSecret: true) {
            try await prepare(request, caller.user)
        } _: { transaction, prepared in
            // A log-in at the same time comes before, and its session ends here, or after, and is asked for a code.
            _ = try await AccountsStore.lock(caller.user, in: transaction)
            let hashes = prepared.recoveryCodes.compactMap { SecondFactors.hash(ofRecovery: $0, for: caller.user) }
            guard
                try await AccountsStore.enrolSecondFactor(
                    of: caller.user, step: prepared.step, recovery: hashes, in: transaction)
            else { throw Self.isEnrolled }
            try await AccountsStore.closeOthers(
                than: caller.session, of: caller.user, reason: "second-factor", in: transaction)
            try await AuditLog.append(
                "user.second_factor_enrolled", by: caller, in: request, entityType: "user",
                entityID: caller.user.rawValue, in: transaction)
            try await MailQueue.enqueue(Mail(.secondFactorEnrolled, to: .user(caller.user)), in: transaction)
            return .json { json in
                json.array("recovery_codes") { json in
                    for code in prepared.recoveryCodes { json.value(code) }
                }
            }
        } afterCommit: { _ in
            await dependencies.forget(caller.user)
        }
    }

    private func prepare(_ request: RequestContext, _ user: UserID) async throws -> Prepared {
        let code = try request.json { $0.string("code", length: 1...16) }
        let factor = try await AccountsStore.secondFactor(of: user, in: dependencies.pool)
        if factor?.isEnrolled == true { throw Self.isEnrolled }
        guard let factor, let secret = dependencies.secondFactors.open(factor.sealed, for: user),
            let step = OneTimeCode.step(of: code, secret: secret, at: dependencies.clock.now().seconds)
        else {
            throw Problem(
                .validationFailed, detail: "The code is not one of the secret that was given last.",
                errors: [.init(pointer: "/code", code: "invalid", message: "wrong or too late")])
        }
        return Prepared(step: step, recoveryCodes: dependencies.secondFactors.makeRecoveryCodes())
    }

    private static var isEnrolled: Problem {
        Problem(.illegalTransition, detail: "A second factor is enrolled already.")
    }
}
