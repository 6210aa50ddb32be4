// SPDX-License-Identifier: Apache-2.0

/// What stands between a stream's handler and the wire: TLS.
///
/// The stream gives it what arrives and what is to be sent, and knows nothing else of it. A stream without one pays for the
/// possibility with one comparison a read and one a flush.
///
/// - Isolation: on the stream's loop.
public protocol StreamCipher: AnyObject {
    /// Takes bytes from the wire and gives what they say to `receive`, in as many calls as it likes, before it returns.
    func open(_ wire: UnsafeRawBufferPointer, receive: (UnsafeRawBufferPointer) -> Void) -> StreamCipherState

    /// Whether it has bytes for the wire of its own: its handshake, an alert.
    var hasOutput: Bool { get }

    /// Gives its own bytes, and `plain` as it goes over the wire, to `send`; in one call, or none where nothing is to go.
    ///
    /// - Parameter isLast: nothing will be sent after it, and the peer is to be told so.
    func seal(_ plain: UnsafeRawBufferPointer, isLast: Bool, send: (UnsafeRawBufferPointer) -> Void)
}

/// How a cipher stands after bytes from the wire.
public enum StreamCipherState: Sendable, Equatable {
    /// More can come.
    case open
    /// The peer has said that nothing more comes.
    case ended
    /// What came is no beginning of an encrypted connection. Nothing of it was used, nothing was sent.
    case notEncrypted
    /// What came was refused; at most an alert is still to be sent.
    case failed
}
