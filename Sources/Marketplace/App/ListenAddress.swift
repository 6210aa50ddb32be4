// SPDX-License-Identifier: Apache-2.0
import Glibc
import UVRuntime

/// `HTTP_HOST` with one of the ports: whatever keeps us from listening there is a problem of one of these keys.
enum ListenAddress {
    static func of(_ host: String, _ port: Int) throws(ConfigurationError) -> SocketAddress {
        guard let address = SocketAddress(host: host, port: UInt16(port)) else {
            throw ConfigurationError(problems: [.init(key: "HTTP_HOST", message: "not a numeric address")])
        }
        return address
    }

    /// Finds out before anything is started that would have to be stopped again.
    ///
    /// - Parameter key: that of the port.
    static func requireUnused(_ key: String, _ host: String, _ port: Int) throws(ConfigurationError) {
        let address = try of(host, port)
        do throws(UVError) {
            try TCPListener.requireUnused(address)
        } catch {
            throw ConfigurationError(problems: [problem(error, key, address)])
        }
    }

    /// Listens: what was free before may be taken now.
    static func wrapping<Value>(
        _ key: String, _ address: SocketAddress, _ listen: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await listen()
        } catch let error as UVError {
            throw ConfigurationError(problems: [problem(error, key, address)])
        }
    }

    static func problem(
        _ error: UVError, _ key: String, _ address: SocketAddress
    ) -> ConfigurationError.Problem {
        switch -error.code {
        case EADDRINUSE: .init(key: key, message: "another program listens on \(address) already")
        case EACCES, EPERM: .init(key: key, message: "this account may not listen on \(address)")
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            .init(key: "HTTP_HOST", message: "this machine has no such address to listen on: \(address)")
        default: .init(key: "HTTP_HOST", message: "\(address) cannot be listened on: \(error)")
        }
    }
}
