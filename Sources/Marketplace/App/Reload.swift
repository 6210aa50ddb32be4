// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCrypto
import Payments

/// What SIGHUP changes while the server runs: the certificate, and the secrets that webhooks are signed with.
///
/// Everything is read and checked first; what cannot serve leaves the old in force and is logged. No connection ends.
struct Reload: Sendable {
    /// Reads the configuration as the start did, `.env` anew.
    let read: @Sendable () throws(ConfigurationError) -> AppConfiguration
    /// nil where the port speaks plain HTTP.
    let identity: TLSIdentity?
    let tickets: TLSTicketKeys
    let account: RazorpayAccount
    let logger: Logger

    /// Reads files: not on a loop.
    func callAsFunction() {
        do throws(ConfigurationError) {
            let configuration = try read()
            // Nothing is taken over before all of it is known to be good.
            let context = try configuration.http.tls?.load(tickets: tickets)
            useCertificate(context)
            useWebhookSecrets(configuration.payments)
        } catch {
            for problem in error.problems {
                logger.error(
                    "SIGHUP changed nothing", metadata: ["key": "\(problem.key)", "problem": "\(problem.message)"])
            }
        }
    }

    private func useCertificate(_ context: TLSServerContext?) {
        switch (identity, context) {
        case (let identity?, let context?):
            identity.replace(with: context)
            logger.notice("new connections use the certificate as it is now")
            for warning in context.warnings { logger.warning("\(warning)") }
        case (nil, nil): return
        case (nil, _?), (_?, nil):
            logger.error("TLS is turned on and off by a restart: TLS_CERTIFICATE and TLS_KEY change nothing now")
        }
    }

    private func useWebhookSecrets(_ payments: AppConfiguration.PaymentProvider) {
        switch payments {
        case .razorpay(let razorpay) where razorpay.keyID == account.keyID:
            account.use(webhookSecrets: razorpay.webhookSecrets)
            logger.notice(
                "webhooks are checked with the secrets as they are now",
                metadata: ["count": "\(razorpay.webhookSecrets.count)"])
        case .razorpay:
            logger.error("another account of the provider needs a restart: RAZORPAY_* change nothing now")
        // Its credentials were made at the start and are nowhere else.
        case .sandbox: return
        }
    }
}
