// SPDX-License-Identifier: Apache-2.0

import Logging
import UVRuntime

/// The file that a connection is sending behind the head of its answer.
final class OutgoingFile {
    let body: FileBody
    let request: CurrentRequest
    let response: HTTPResponse
    let keepsAlive: Bool
    /// Octets put into the output, the head included.
    var size: Int
    /// The next octet of the file.
    var offset: Int
    var isReading = false

    init(_ body: FileBody, _ request: CurrentRequest, _ response: HTTPResponse, keepsAlive: Bool, headSize: Int) {
        self.body = body
        self.request = request
        self.response = response
        self.keepsAlive = keepsAlive
        size = headSize
        offset = body.range.lowerBound
    }
}

/// Answers from the disk: one piece is read when the one before it has left, so that a slow client costs one piece.
extension HTTPConnection {
    /// Octets read at once.
    private static var pieceSize: Int { 64 * 1024 }

    /// Sends the file behind a head that has been written. Nothing else is looked at until it has left.
    func startFile(_ file: OutgoingFile) {
        outgoing = file
        phase = .handling
        // The write time bounds the client, the next deadline the disk.
        deadline = .max
        if file.body.range.isEmpty { return finishFile(file) }
        watchOutput()
    }

    /// The output has left: the next piece, or the end.
    func continueFile() {
        guard let file = outgoing, !file.isReading else { return }
        let count = min(file.body.range.upperBound - file.offset, Self.pieceSize)
        if count == 0 { return finishFile(file) }
        file.isReading = true
        setDeadline(after: bounds.handlerTime)
        let (content, offset, loop, id) = (file.body.content, file.offset, server.loop, file.request.requestID)
        Task {
            let result: Result<[UInt8], any Error>
            do {
                result = .success(try await loop.offload { try content.read(at: offset, count: count) })
            } catch {
                result = .failure(error)
            }
            self.pieceRead(result, count, id)
        }
    }

    private func pieceRead(_ result: Result<[UInt8], any Error>, _ count: Int, _ id: RequestID) {
        guard let file = outgoing, file.request.requestID == id, phase == .handling else { return }
        file.isReading = false
        deadline = .max
        switch result {
        case .success(let octets) where octets.count == count:
            file.offset += count
            file.size += count
            stream.output.append(contentsOf: octets)
            stream.scheduleFlush()
            watchOutput()
        case .success: abandonFile(file, "it is shorter than it was")
        case .failure(let error): abandonFile(file, String(reflecting: error))
        }
    }

    /// What was promised cannot be sent: the client sees a broken connection, never a short file.
    private func abandonFile(_ file: OutgoingFile, _ reason: String) {
        configuration.logger.error(
            "a file could not be sent to its end",
            metadata: ["request_id": "\(file.request.requestID)", "error": "\(reason)"])
        close()
    }

    private func finishFile(_ file: OutgoingFile) {
        outgoing = nil
        record(file.request, file.response, file.size)
        guard file.keepsAlive, !server.isDraining else { return beginClosing() }
        phase = .idle
        setDeadline(after: bounds.idleTime)
        resume()
    }
}
