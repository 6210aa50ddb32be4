// SPDX-License-Identifier: Apache-2.0

/// Where Redis is and the bounds of one client.
public struct RedisConfiguration: Sendable, Equatable {
    /// How to reach the server.
    public enum Address: Sendable, Equatable {
        /// A host name or numeric address, with a port.
        case tcp(host: String, port: UInt16)
        /// The absolute path of a unix socket.
        case unix(path: String)
    }

    /// How to reach the server.
    public var address: Address
    /// For `AUTH`; nil for the default user. Used only with a password.
    public var user: String?
    /// For `AUTH`; nil sends none.
    public var password: String?
    /// For `SELECT`, 0…15 on a server with default settings.
    public var database = 0
    /// The longest that a command may hold its caller.
    public var commandTimeout: Duration = .milliseconds(20)
    /// For connecting and the first `PING`; no caller waits for it.
    public var connectTimeout: Duration = .seconds(1)
    /// How long commands may stay overdue before the connection is given up and made anew.
    public var stallMax: Duration = .seconds(1)
    /// Pauses between attempts to connect: doubled from the first to the second, then shortened by up to half at random.
    public var retryDelayMin: Duration = .milliseconds(50)
    /// See `retryDelayMin`.
    public var retryDelayMax: Duration = .seconds(2)
    /// Commands without a reply; past it calls are refused, so that a stalled server cannot grow our memory.
    public var inFlightMax = 4096
    /// Bytes of the commands without a reply, for the same reason.
    public var inFlightBytesMax = 16 * 1024 * 1024
    /// Bytes of one command; what is larger does not belong into a cache.
    public var commandBytesMax = 1024 * 1024

    /// Takes the defaults.
    public init(address: Address) {
        self.address = address
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]`, `unix:/path` or an absolute path.
    ///
    /// User and password may be percent-encoded; an IPv6 address stands in brackets. Anything else gives nil.
    public init?(url: String) {
        if url.hasPrefix("/") {
            self.init(address: .unix(path: url))
        } else if url.hasPrefix("unix:") {
            let path = url.dropFirst("unix:".count)
            let start = path.hasPrefix("///") ? path.dropFirst(2) : path
            guard start.hasPrefix("/"), !start.hasPrefix("//") else { return nil }
            self.init(address: .unix(path: String(start)))
        } else if url.hasPrefix("redis://") {
            self.init(rest: url.dropFirst("redis://".count))
        } else {
            return nil
        }
        if case .unix(let path) = address {
            // sockaddr_un has 108 bytes, one of them for the end.
            guard path.utf8.count < 108, !path.utf8.contains(0) else { return nil }
        }
    }

    private init?(rest: Substring) {
        var authority = rest
        var database = 0
        if let slash = rest.lastIndex(of: "/") {
            let name = rest[rest.index(after: slash)...]
            if !name.isEmpty {
                guard name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(name) else { return nil }
                database = number
            }
            authority = rest[..<slash]
        }
        var user: String?
        var password: String?
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Self.percentDecoded(parts[0]),
                let secret = Self.percentDecoded(parts[1])
            else { return nil }
            user = name.isEmpty ? nil : name
            password = secret
            authority = authority[authority.index(after: at)...]
        }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        self.init(address: .tcp(host: host, port: port))
        self.user = user
        self.password = password
        self.database = database
    }

    private static func hostAndPort(_ text: Substring) -> (String, UInt16)? {
        var host = text
        var port = Substring("6379")
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            if !after.isEmpty {
                guard after.hasPrefix(":") else { return nil }
                port = after.dropFirst()
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            guard !host.contains(":") else { return nil }
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F }),
            port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0
        else { return nil }
        return (String(host), number)
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
