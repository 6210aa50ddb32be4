// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A blocking TCP connection to the loopback interface, for tests that decide byte by byte what is sent when.
public final class RawSocket: Sendable {
    /// The system refused a step.
    public struct Failure: Error, CustomStringConvertible {
        /// `connect`, `send` …
        public let step: String
        /// The system's number for it.
        public let code: Int32
        public var description: String { "\(step): \(String(cString: strerror(code)))" }
    }

    private let descriptor: Int32

    /// Connects.
    ///
    /// - Throws: `Failure`; with `ECONNREFUSED` nobody listens.
    public init(port: UInt16) throws(Failure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(step: "socket", code: errno) }
        // A server that says nothing fails the test instead of stopping it.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // deinit closes it: everything is initialised by now.
        guard result == 0 else { throw Failure(step: "connect", code: errno) }
    }

    deinit { Glibc.close(descriptor) }

    /// Sends all of it.
    public func send(_ text: String) throws(Failure) { try send(Array(text.utf8)) }

    /// Sends all of it.
    public func send(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(step: "send", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// What has arrived, at least a byte; nil when the server has closed.
    public func receiveSome() throws(Failure) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure(step: "receive", code: errno) }
        return count == 0 ? nil : Array(buffer[..<count])
    }

    /// What arrives until it contains `mark`, or until the server closes.
    public func receive(until mark: String? = nil) throws(Failure) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(step: "receive", code: errno) }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            if count == 0 || mark.map({ text.contains($0) }) == true { return text }
        }
    }
}
