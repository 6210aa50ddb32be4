// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// The server's end of one TLS connection, without a socket: bytes of the wire go in and come out.
///
/// Records are read in place from what the caller received, and made in place in `output`: nothing is buffered between
/// records, and OpenSSL keeps a record's buffer only while a part of it is missing.
///
/// - Isolation: one thread at a time, that of its connection's loop.
public final class TLSServerSession {
    /// How it stands after bytes have been received.
    public enum State: Equatable {
        /// More can come: the handshake or the session goes on.
        case open
        /// The peer has said that nothing more comes (`close_notify`); we may still send.
        case ended
        /// The handshake or a record was refused; `output` holds the alert, nothing more can be sent or received.
        case failed(reason: String)
    }

    /// Bytes for the wire: records, alerts, the handshake's messages. Whoever sends them takes them out.
    public var output: [UInt8] = []
    /// What is received and not read yet.
    var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Keeps the ticket keys alive, which OpenSSL knows by their address.
    private let context: TLSServerContext
    private let ssl: OpaquePointer
    private var hasFailed = false
    private var hasEnded = false
    private var isClosed = false

    /// Begins one; the client speaks first.
    ///
    /// - Returns: nil when memory runs out.
    public init?(_ context: TLSServerContext) {
        guard let ssl = SSL_new(context.pointer) else { return nil }
        self.context = context
        self.ssl = ssl
        guard let bio = BIO_new(TLSWire.method) else {
            SSL_free(ssl)
            return nil
        }
        // No reference is taken: both end in our `deinit`.
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        SSL_set_bio(ssl, bio, bio)
        SSL_set_accept_state(ssl)
    }

    deinit {
        SSL_free(ssl)
    }

    /// Whether the handshake is complete.
    public var isEstablished: Bool { SSL_is_init_finished(ssl) == 1 }

    /// Takes bytes from the wire, goes on with the handshake, and gives what they said to `deliver`.
    ///
    /// - Parameters:
    ///   - space: where it is decrypted to; `deliver` is called when that is full, and at the end.
    public func receive(
        _ wire: UnsafeRawBufferPointer, space: UnsafeMutableRawBufferPointer,
        deliver: (UnsafeRawBufferPointer) -> Void
    ) -> State {
        guard !hasFailed, !hasEnded else { return hasFailed ? .failed(reason: "failed before") : .ended }
        input = wire
        defer { input = UnsafeRawBufferPointer(start: nil, count: 0) }
        var filled = 0
        while true {
            // A forgotten error of another call would be taken for this one's.
            ERR_clear_error()
            let room = space[filled...]
            let count = SSL_read(ssl, UnsafeMutableRawBufferPointer(rebasing: room).baseAddress, Int32(room.count))
            guard count > 0 else {
                let state = state(after: count)
                if filled > 0 { deliver(UnsafeRawBufferPointer(rebasing: space[..<filled])) }
                return state
            }
            filled += Int(count)
            if filled == space.count {
                deliver(UnsafeRawBufferPointer(space))
                filled = 0
            }
        }
    }

    private func state(after result: Int32) -> State {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .open
        case SSL_ERROR_ZERO_RETURN:
            hasEnded = true
            return .ended
        default:
            hasFailed = true
            return .failed(reason: OpenSSL.lastError())
        }
    }

    /// Encrypts into `output`.
    ///
    /// - Returns: false where that is not possible: before the handshake's end, after a failure, after `close`.
    public func send(_ plain: UnsafeRawBufferPointer) -> Bool {
        guard !hasFailed, !isClosed, isEstablished else { return false }
        var rest = plain
        while !rest.isEmpty {
            ERR_clear_error()
            let count = SSL_write(ssl, rest.baseAddress, Int32(clamping: rest.count))
            guard count > 0 else {
                hasFailed = true
                ERR_clear_error()
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
        }
        return true
    }

    /// Puts `close_notify` into `output`: the peer knows that it got everything. Once; nothing is sent after it.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        guard !hasFailed, isEstablished else { return }
        SSL_shutdown(ssl)
        ERR_clear_error()
    }
}
