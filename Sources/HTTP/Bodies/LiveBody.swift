// SPDX-License-Identifier: Apache-2.0

import UVRuntime

/// What an answer without an end is made of: pieces that leave as they come, until one of both sides has had enough.
///
/// Calls come on the loop of the connection, in this order: `began`, any number of `drained`, `ended`. A body whose answer is never
/// sent, to HEAD or to a client that has left, gets none, and one that a server that ends begins gets `ended` alone; what it holds
/// goes with it.
public protocol LiveBody: AnyObject, Sendable {
    /// The head has been written: pieces may follow.
    func began(_ sink: LiveSink)
    /// All that was sent is with the kernel.
    func drained()
    /// Nobody reads any more: the client has left or was too slow, or the server ends.
    func ended()
}

/// Where the pieces of a live body go.
///
/// - Isolation: on the loop of the connection.
public struct LiveSink: Sendable {
    let connection: HTTPConnection
    let id: RequestID

    /// Sends a piece; false once the answer has ended.
    ///
    /// What does not leave waits in memory. A client that takes nothing for the server's write time (30 s) is closed, and at once one
    /// for whom more waits than the write buffer may hold (256 KiB): look at `pendingBytes` and go on when it is `drained`.
    @discardableResult
    public func send(_ octets: [UInt8]) -> Bool {
        connection.assumeIsolated { $0.sendLive(octets, id) }
    }

    /// Octets that wait to leave.
    public var pendingBytes: Int {
        connection.assumeIsolated { $0.stream.pendingBytes }
    }

    /// Ends the answer, and the connection with it.
    public func end() {
        connection.assumeIsolated { $0.endLive(id) }
    }
}

extension HTTPResponse {
    /// An answer that goes on until one side ends it; `Cache-Control: no-store` unless told otherwise.
    public init(
        contentType: HTTPContentType, headers: [HTTPHeader] = [], live: any LiveBody
    ) {
        self.init(.ok, contentType: contentType, headers: headers)
        self.live = live
    }
}
