// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import MarketHTTP

/// Writes mails out: the texts of a template with their places filled, as a message.
struct MailComposer: Sendable {
    let configuration: MailConfiguration
    let tokens: MailTokens

    /// Whom a mail goes to.
    struct Reader: Sendable {
        let address: String
        let name: String
        let locale: String?
    }

    /// The message of a job.
    ///
    /// - Parameter id: the same for each sending of one mail, so that a second copy is known as such.
    /// - Throws: `JobGivenUp` where the mail's secret cannot be written out any more.
    func message(_ mail: Mail, to reader: Reader, id: String, seconds: Int64) throws -> MailMessage {
        let text = MailLanguage(locale: mail.locale ?? reader.locale).text(of: mail.template)
        var places = mail.data
        places["shop"] = configuration.shopName
        if places["name"] == nil { places["name"] = reader.name }
        if let token = mail.token {
            guard let secret = tokens.text(of: token) else { throw JobGivenUp("the secret of the mail is gone") }
            places["link"] = link(for: token.purpose, secret)
        }
        let lines = text.lines.map { Self.filled($0, places) }
        return MailMessage(
            id: id, from: configuration.from, fromName: configuration.shopName, to: reader.address, toName: reader.name,
            subject: Self.filled(text.subject, places), text: lines.joined(separator: "\n\n") + "\n", seconds: seconds)
    }

    /// Where the shop's pages are known, the one that takes the secret; always the secret in a line of its own.
    private func link(for purpose: String, _ secret: String) -> String {
        guard let shop = configuration.shopURL else { return secret }
        return "\(shop)/\(purpose)?token=\(secret)\n\n\(secret)"
    }

    /// Fills places once: what is put in is not looked at again, and an unknown place stays as it is.
    static func filled(_ text: String, _ places: [String: String]) -> String {
        var output = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            output += rest[..<open]
            let name = rest[rest.index(after: open)..<close]
            output += places[String(name)] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return output + rest
    }
}
