// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
import MarketCrypto

/// Whose bucket a request is counted against: a kind and 64 bits, so that a look-up allocates nothing.
public struct RateLimitSubject: Hashable, Sendable {
    private enum Kind: UInt8 {
        case user, network4, network6, account
    }

    private let kind: Kind
    private let number: UInt64

    /// A user, from wherever they ask.
    public static func user(_ id: UserID) -> RateLimitSubject {
        RateLimitSubject(kind: .user, number: UInt64(bitPattern: id.rawValue))
    }

    /// The client's address: an IPv4 address, or the /64 of an IPv6 address, which one customer has as a whole.
    ///
    /// Behind our own proxies it is the one that they name; where that is no address, the proxy's own.
    public static func address(of request: RequestContext) -> RateLimitSubject {
        network(request.clientAddress) ?? network(request.peer.address) ?? RateLimitSubject(kind: .network4, number: 0)
    }

    /// The network of a numeric address; nil for anything else.
    static func network(_ address: String) -> RateLimitSubject? {
        switch SourceNetwork(address) {
        case .four(let number): RateLimitSubject(kind: .network4, number: UInt64(number))
        case .six(let number): RateLimitSubject(kind: .network6, number: number)
        case nil: nil
        }
    }

    /// An account by the name that was typed, which is not kept: only a keyed hash of it is.
    static func account(_ name: String, key: HMACSHA256) -> RateLimitSubject {
        let hash = key.code(name.lowercased()).bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return RateLimitSubject(kind: .account, number: hash)
    }

    /// Where the bucket is in this process's tables: seeded by chance, so that nobody can choose whom to share a set with.
    var slotKey: UInt64 { UInt64(bitPattern: Int64(hashValue)) }

    /// A letter for the kind and the number in hexadecimal: the same in every process.
    func append(to bytes: inout [UInt8]) {
        switch kind {
        case .user: bytes.append(UInt8(ascii: "u"))
        case .network4: bytes.append(UInt8(ascii: "4"))
        case .network6: bytes.append(UInt8(ascii: "6"))
        case .account: bytes.append(UInt8(ascii: "a"))
        }
        bytes += String(number, radix: 16).utf8
    }
}
