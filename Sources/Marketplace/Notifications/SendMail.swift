// SPDX-License-Identifier: Apache-2.0
import HTTPClient
public import Logging
public import MarketCore
public import MarketHTTP
public import UVRuntime

/// Sends the mails that committed transactions owe: the handler of the jobs of kind `mail.send`.
///
/// A mail is sent at least once; a second copy, after an answer that was lost, has the same Message-ID.
///
/// A mail takes one of the loop's worker threads, which a slow server holds for up to twelve seconds; one mail goes at a time.
///
/// - Isolation: on its loop.
public struct SendMail: Sendable {
    /// Who a user is: the address that mails go to, the name and the language; nil for an unknown user.
    public typealias Mailbox = @Sendable (UserID) async throws -> (name: String, email: String, locale: String)?

    /// Mails that a process claims at a time: with the time-out of each they end within a job's lease of a minute.
    public static let batch = 4
    private static let timeout: Duration = .seconds(12)

    private let loop: EventLoop
    private let configuration: MailConfiguration
    private let composer: MailComposer
    private let mailbox: Mailbox
    private let clock: any WallClock
    private let logger: Logger

    /// Puts the parts together.
    public init(
        loop: EventLoop, configuration: MailConfiguration, tokens: MailTokens,
        clock: any WallClock = SystemClock(), logger: Logger, mailbox: @escaping Mailbox
    ) {
        self.loop = loop
        self.configuration = configuration
        composer = MailComposer(configuration: configuration, tokens: tokens)
        self.mailbox = mailbox
        self.clock = clock
        self.logger = logger
    }

    /// Why a server did not take a mail this time.
    struct Refusal: Error, CustomStringConvertible {
        let reply: Int
        var description: String { "the mail server answered \(reply)" }
    }

    /// Sends the mail of a job.
    ///
    /// - Throws: what is tried again; `JobGivenUp` where the server will never take it.
    public func send(_ job: Job) async throws {
        guard let mail = Mail(payload: job.payload) else { throw JobGivenUp("the mail cannot be read") }
        guard let reader = try await reader(of: mail) else {
            // Removed since: nobody is owed anything any more.
            logger.info("a mail has no reader any more", metadata: ["template": "\(mail.template.rawValue)"])
            return
        }
        let message = try composer.message(
            mail, to: reader, id: "\(job.kind)/\(job.key)", seconds: clock.now().seconds)
        switch configuration.transport {
        case .folder(let path): try await loop.offload { try MailFolder(path).write(message) }
        case .smtp(let url, let login): try await deliver(message, url, login)
        }
    }

    private func reader(of mail: Mail) async throws -> MailComposer.Reader? {
        switch mail.recipient {
        case .address(let address, let name): MailComposer.Reader(address: address, name: name, locale: mail.locale)
        case .user(let id):
            try await mailbox(id).map { .init(address: $0.email, name: $0.name, locale: $0.locale) }
        }
    }

    private func deliver(_ message: MailMessage, _ url: String, _ login: HTTPClientRequest.BasicAuth?) async throws {
        let delivery = MailDelivery(
            url: url, login: login, from: configuration.from, to: [message.to], message: message.bytes,
            timeout: Self.timeout)
        let reply = try await loop.offload { try delivery.deliver() }
        switch reply {
        case 200...299: return
        // Who may not log in is told so whatever the mail: that is ours to repair, and the mail waits for it.
        case 500...599 where reply != 530 && reply != 535: throw JobGivenUp(Refusal(reply: reply).description)
        default: throw Refusal(reply: reply)
        }
    }
}
