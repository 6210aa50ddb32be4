// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// An address that webhooks may be sent to: https, or http to this machine. Payments do not travel in the clear.
struct WebhookURL: Sendable, CustomStringConvertible {
    let description: String

    /// nil for everything else.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        if text.hasPrefix("https://") {
            guard !Self.host(text.dropFirst(8)).isEmpty else { return nil }
        } else {
            guard text.hasPrefix("http://"), Self.isLoopback(Self.host(text.dropFirst(7))) else { return nil }
        }
        description = text
    }

    /// The authority up to its port; a user would be part of it, and no host is spelled so.
    private static func host(_ rest: Substring) -> Substring {
        let authority = rest.prefix { !"/?#\\".contains($0) }
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let port = authority[authority.index(after: end)...]
            return port.isEmpty || port.hasPrefix(":") ? authority[...end] : ""
        }
        guard !authority.contains("@") else { return "" }
        return authority.prefix { $0 != ":" }
    }

    private static func isLoopback(_ host: Substring) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        return host.hasPrefix("127.") && SocketAddress(host: String(host), port: 0) != nil
    }
}
