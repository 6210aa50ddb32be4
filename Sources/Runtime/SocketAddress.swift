// SPDX-License-Identifier: Apache-2.0
internal import CUV
internal import Glibc

/// A numeric IPv4 or IPv6 address with a port.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// Numeric host, without brackets.
    public let host: String
    /// 0…65535.
    public let port: UInt16
    /// Whether the host is an IPv6 address.
    public let isIPv6: Bool

    /// Parses a numeric host; nil when it is none (names are not resolved here).
    public init?(host: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if uv_ip4_addr(host, Int32(port), &v4) == 0 {
            isIPv6 = false
        } else if uv_ip6_addr(host, Int32(port), &v6) == 0 {
            isIPv6 = true
        } else {
            return nil
        }
        self.host = host
        self.port = port
    }

    public var description: String {
        isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
        var storage = sockaddr_storage()
        return withUnsafeMutablePointer(to: &storage) { pointer in
            let raw = UnsafeMutableRawPointer(pointer)
            if isIPv6 {
                uv_ip6_addr(host, Int32(port), raw.assumingMemoryBound(to: sockaddr_in6.self))
            } else {
                uv_ip4_addr(host, Int32(port), raw.assumingMemoryBound(to: sockaddr_in.self))
            }
            return body(UnsafePointer(raw.assumingMemoryBound(to: sockaddr.self)))
        }
    }

    static func read(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<Int32>) -> Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = Int32(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer -> SocketAddress? in
            let raw = UnsafeMutableRawPointer(pointer)
            guard call(raw.assumingMemoryBound(to: sockaddr.self), &length) == 0 else { return nil }
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text -> SocketAddress? in
                guard let base = text.baseAddress else { return nil }
                let port: UInt16
                if Int32(pointer.pointee.ss_family) == AF_INET6 {
                    let address = raw.assumingMemoryBound(to: sockaddr_in6.self)
                    uv_ip6_name(address, base, 64)
                    port = UInt16(bigEndian: address.pointee.sin6_port)
                } else {
                    let address = raw.assumingMemoryBound(to: sockaddr_in.self)
                    uv_ip4_name(address, base, 64)
                    port = UInt16(bigEndian: address.pointee.sin_port)
                }
                return SocketAddress(host: String(cString: base), port: port)
            }
        }
    }
}
