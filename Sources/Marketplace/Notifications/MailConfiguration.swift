// SPDX-License-Identifier: Apache-2.0
public import HTTPClient

/// Where mails go and what they say of the shop.
public struct MailConfiguration: Sendable {
    /// The way out.
    public enum Transport: Sendable {
        /// A mail server.
        case smtp(url: String, login: HTTPClientRequest.BasicAuth?)
        /// A file for each mail in this directory.
        case folder(String)
    }

    /// The way out.
    public let transport: Transport
    /// The sender's address.
    public let from: String
    /// The shop's name, also as the sender's.
    public let shopName: String
    /// Where the shop's pages are, without a slash at the end; nil: mails carry bare codes.
    public let shopURL: String?

    /// States it.
    public init(transport: Transport, from: String, shopName: String, shopURL: String?) {
        self.transport = transport
        self.from = from
        self.shopName = shopName
        self.shopURL = shopURL
    }
}
