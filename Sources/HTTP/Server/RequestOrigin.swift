// SPDX-License-Identifier: Apache-2.0

/// Where the requests of a connection come from: made once per connection.
final class RequestOrigin: Sendable {
    let peer: Peer
    let isTrustedProxy: @Sendable (String) -> Bool

    init(peer: Peer, isTrustedProxy: @escaping @Sendable (String) -> Bool) {
        self.peer = peer
        self.isTrustedProxy = isTrustedProxy
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
}
