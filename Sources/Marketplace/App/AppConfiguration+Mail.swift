// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPClient
import MarketCrypto
import Notifications

extension AppConfiguration {
    /// Mails: where they go, and what stands in them.
    public struct Mail: Sendable {
        /// `SMTP_URL` without user and password; nil writes files into `MVE_DATA_DIR/mail`.
        public let server: String?
        /// The user and password of `SMTP_URL`.
        let login: HTTPClientRequest.BasicAuth?
        /// `MAIL_FROM`: the sender's address.
        public let from: String
        /// `SHOP_URL`: where the shop's pages are; nil: mails carry bare codes.
        public let shopURL: String?
    }

    /// Where mails are written when no server is configured.
    public var mailFolder: String { dataDirectory + "/mail" }

    /// As the sending of mails wants it.
    func mailConfiguration(shopName: String) -> MailConfiguration {
        MailConfiguration(
            transport: mail.server.map { .smtp(url: $0, login: mail.login) } ?? .folder(mailFolder), from: mail.from,
            shopName: shopName, shopURL: mail.shopURL)
    }

    static func readMail(_ reader: inout ConfigurationReader, dataDirectory: String) -> Mail {
        let server = reader.value(
            "SMTP_URL", default: SMTPAddress?.none, display: "(files in \(dataDirectory)/mail)", mayHoldPassword: true
        ) { text throws(ConfigurationSyntaxError) in try SMTPAddress(text) }
        let from = reader.value("MAIL_FROM", default: String?.none, display: "no-reply@mve.test") {
            text throws(ConfigurationSyntaxError) -> String? in
            guard text.wholeMatch(of: /[!-;=?A-~]{1,64}@[A-Za-z0-9.-]{1,255}/) != nil, text.utf8.count <= 254 else {
                throw .init("must be a bare mail address such as no-reply@shop.example")
            }
            return text
        }
        if server != nil, from == nil { reader.problem("MAIL_FROM", "must be set when SMTP_URL is") }
        let shop = reader.text("SHOP_URL", absent: "(none: mails carry codes)", check: checkWebURL)
        return Mail(server: server?.url, login: server?.login, from: from ?? "no-reply@mve.test", shopURL: shop)
    }

    /// Whether admins need a second factor: always in production, as one likes while developing.
    static func readSecondFactor(_ reader: inout ConfigurationReader, mode: Mode) -> Bool {
        let isProduction = mode == .production
        let isRequired = reader.value(
            "ADMIN_SECOND_FACTOR", default: isProduction, display: isProduction ? "required" : "optional"
        ) { text throws(ConfigurationSyntaxError) in
            switch text {
            case "required": true
            case "optional": false
            default: throw ConfigurationSyntaxError("must be required or optional")
            }
        }
        if isProduction, !isRequired {
            reader.problem("ADMIN_SECOND_FACTOR", "must not be optional when MVE_ENV is production")
        }
        return isRequired
    }

    /// Secrets that were in force before: at most eight, like those of webhooks.
    static func readPreviousSecrets(_ reader: inout ConfigurationReader) -> [SecretKey] {
        reader.value("SECRET_KEY_PREVIOUS", default: [], display: "(none)", isSecret: true) {
            text throws(ConfigurationSyntaxError) -> [SecretKey] in
            let parts = text.split(separator: ",").map(trimmed)
            guard (1...8).contains(parts.count) else { throw .init("must be one to eight secrets") }
            var keys: [SecretKey] = []
            for part in parts {
                guard let key = SecretKey(try SecretKeySource.parse(part)) else { throw .init("must be long enough") }
                keys.append(key)
            }
            return keys
        }
    }
}

/// `smtp://[user:password@]host[:port]`, or `smtps://`, taken apart.
struct SMTPAddress {
    let url: String
    let login: HTTPClientRequest.BasicAuth?

    init(_ text: String) throws(ConfigurationSyntaxError) {
        guard var parts = URLComponents(string: text), parts.scheme == "smtp" || parts.scheme == "smtps",
            let host = parts.host, !host.isEmpty, parts.port.map({ (1...65_535).contains($0) }) ?? true,
            parts.path.isEmpty, parts.query == nil, parts.fragment == nil,
            (parts.user == nil) == (parts.password == nil)
        else { throw .init("must be smtp:// or smtps:// with user:password@ where needed, host and port") }
        login = parts.user.map { .init(user: $0, password: parts.password ?? "") }
        parts.user = nil
        parts.password = nil
        guard let url = parts.string else { throw .init("must be an address") }
        self.url = url
    }
}
