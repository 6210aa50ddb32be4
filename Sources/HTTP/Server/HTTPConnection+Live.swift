// SPDX-License-Identifier: Apache-2.0

import UVRuntime

/// The answer without an end that a connection is sending.
final class OutgoingLive {
    let body: any LiveBody
    let request: CurrentRequest
    let response: HTTPResponse
    /// Whether pieces are chunks; to HTTP/1.0 the connection's end is theirs.
    let isChunked: Bool
    /// Octets put into the output, the head included.
    var size: Int

    init(
        _ body: any LiveBody, _ request: CurrentRequest, _ response: HTTPResponse, isChunked: Bool, headSize: Int
    ) {
        self.body = body
        self.request = request
        self.response = response
        self.isChunked = isChunked
        size = headSize
    }
}

/// Answers that go on: no deadline but the write time, and nothing of the connection is read as a request any more.
extension HTTPConnection {
    /// Begins behind a head that has been written.
    func startLive(_ live: OutgoingLive) {
        outgoingLive = live
        phase = .handling
        deadline = .max
        guard !server.isDraining else { return endLive() }
        watchOutput()
        live.body.began(LiveSink(connection: self, id: live.request.requestID))
    }

    /// Sends a piece; false once the answer has ended.
    func sendLive(_ octets: [UInt8], _ id: RequestID) -> Bool {
        guard let live = outgoingLive, live.request.requestID == id, phase == .handling else { return false }
        guard !octets.isEmpty else { return true }
        let before = stream.output.count
        if live.isChunked {
            stream.output.append(utf8: String(octets.count, radix: 16))
            stream.output.append("\r\n" as StaticString)
            stream.output.append(contentsOf: octets)
            stream.output.append("\r\n" as StaticString)
        } else {
            stream.output.append(contentsOf: octets)
        }
        live.size += stream.output.count - before
        guard stream.pendingBytes <= bounds.writeBufferMax else {
            server.metrics.refused("live-overrun")
            close()
            return false
        }
        stream.scheduleFlush()
        watchOutput()
        return true
    }

    /// The body has had enough.
    func endLive(_ id: RequestID) {
        guard outgoingLive?.request.requestID == id else { return }
        endLive()
    }

    /// Ends the answer in good order, and the connection with it.
    func endLive() {
        guard let live = leaveLive() else { return }
        if live.isChunked, phase == .handling {
            stream.output.append("0\r\n\r\n" as StaticString)
            stream.scheduleFlush()
        }
        beginClosing()
    }

    /// Tells the body that nobody reads it any more.
    @discardableResult
    func leaveLive() -> OutgoingLive? {
        guard let live = outgoingLive else { return nil }
        outgoingLive = nil
        record(live.request, live.response, live.size)
        live.body.ended()
        return live
    }
}
