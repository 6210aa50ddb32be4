// SPDX-License-Identifier: Apache-2.0
import Accounts
import Logging
import MarketCrypto
import MarketHTTP
import Notifications
import UVRuntime

/// Sends what the shop owes people by mail, beside the other jobs: a slow mail server holds up nothing but mails.
///
/// - Isolation: made and used on the first loop.
struct Mails: Sendable {
    private let jobs: JobRunner

    /// Between batches: at most two hundred mails a second in a process. Who is mailed is in no hurry; who pays is, and the mails of a
    /// storm of payments took a quarter of the machine from it.
    static let rest: Duration = .milliseconds(20)

    init(_ configuration: AppConfiguration, _ part: Shop.LoopParts, secret: SecretKey, logger: Logger) {
        let (loop, pool) = (part.loop, part.pool)
        let tokens = MailTokens(secrets: [secret] + configuration.previousSecrets)
        let mail = SendMail(
            loop: loop, configuration: configuration.mailConfiguration(shopName: ShopRoutes.shopName), tokens: tokens,
            logger: logger, mailbox: accountsMailbox(pool: pool))
        var handlers = accountsJobs(pool: pool, tokens: tokens)
        handlers[MailQueue.kind] = { try await mail.send($0) }
        jobs = JobRunner(
            executor: loop, store: JobStore(postgres: pool), handlers: handlers, batch: SendMail.batch,
            rest: Self.rest, forgetsPayloads: true, logger: logger)
    }

    /// Looks for what is owed every second.
    func start(on loop: EventLoop) {
        let jobs = jobs
        _ = loop.schedule(every: Upkeep.beat) { loop.spawn { await jobs.run() } }
    }

    /// Begins no further mail.
    func stop() async {
        await jobs.stop()
    }
}
