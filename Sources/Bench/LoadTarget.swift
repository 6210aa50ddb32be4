// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// Where the server that is measured listens.
struct LoadTarget: Sendable, Equatable {
    let address: SocketAddress
    /// As the `Host` field has it.
    let authority: String

    /// Reads `http://HOST[:PORT]` with a numeric host or `localhost`.
    ///
    /// - Throws: `BenchError.usage`.
    init(_ url: String) throws {
        let wrong = BenchError.usage(
            "--url must be http://ADDRESS[:PORT] with a numeric address or localhost, not \(url)")
        guard url.hasPrefix("http://") else { throw wrong }
        var rest = url.dropFirst("http://".count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port: UInt16 = 80
        let closing = rest.lastIndex(of: "]")
        if let colon = rest.lastIndex(of: ":"), closing.map({ $0 < colon }) ?? true {
            guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else { throw wrong }
            port = number
            host = rest[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = SocketAddress(host: host == "localhost" ? "127.0.0.1" : String(host), port: port) else {
            throw wrong
        }
        self.address = address
        authority = String(rest)
    }
}
