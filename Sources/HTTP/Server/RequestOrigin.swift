// SPDX-License-Identifier: Apache-2.0

/// Where the requests of a connection come from: made once per connection.
final class RequestOrigin: Sendable {
    let peer: Peer
    let isTrustedProxy: @Sendable (String) -> Bool
    /// The connection itself speaks TLS.
    let isSecure: Bool

    init(peer: Peer, isTrustedProxy: @escaping @Sendable (String) -> Bool, isSecure: Bool = false) {
        self.peer = peer
        self.isTrustedProxy = isTrustedProxy
        self.isSecure = isSecure
    }

    /// As below, from a request's own fields; they are looked at where a proxy of ours has written them.
    func clientAddress(of head: RequestHead) -> String {
        guard isTrustedProxy(peer.address) else { return peer.address }
        return clientAddress(forwarded: head.values("X-Forwarded-For"))
    }

    /// The nearest address that is not a proxy of ours, read from the right: what stands further left was written by
    /// strangers.
    func clientAddress(forwarded lines: [String]) -> String {
        guard isTrustedProxy(peer.address) else { return peer.address }
        var nearest = peer.address
        let hops = lines.flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            let address = hop.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
            let isAddress = address.utf8.allSatisfy {
                $0.hexValue != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
            guard !address.isEmpty, address.utf8.count <= 45, isAddress else { return nearest }
            nearest = String(address)
            if !isTrustedProxy(nearest) { return nearest }
        }
        return nearest
    }

    /// As below, from a request's own fields; they are looked at where a proxy of ours has written them.
    func isSecure(of head: RequestHead) -> Bool {
        guard isTrustedProxy(peer.address) else { return isSecure }
        return isSecure(forwarded: head.values("X-Forwarded-Proto"))
    }

    /// Whether the client used TLS: to us, or to a proxy of ours that says so. The nearest proxy's word stands last.
    func isSecure(forwarded lines: [String]) -> Bool {
        guard let last = lines.last, isTrustedProxy(peer.address) else { return isSecure }
        let scheme = last.split(separator: ",", omittingEmptySubsequences: false).last ?? ""
        let word = scheme.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        switch word.lowercased() {
        case "https": return true
        case "http": return false
        default: return isSecure
        }
    }
}
