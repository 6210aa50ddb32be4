// SPDX-License-Identifier: Apache-2.0

public import Logging
public import UVRuntime

/// One JSON object a line for every answered request.
///
/// ```json
/// {"time":"2026-11-27T10:15:00.123Z","request_id":"01M8…","trace_id":"4bf9…","client":"192.0.2.7","method":"GET",
///  "path":"/api/products/list/","route":"products.list","status":200,"bytes":1832,"duration_us":412}
/// ```
/// The query, the header fields and the bodies may hold secrets and stay out; what a client sent is escaped, so that no
/// request can write a line of its own.
///
/// Lines gather for `pause` and are written by a worker thread: a slow disk costs lines (told by the logger), never the
/// loop. A process that is killed loses the lines of its last moment.
///
/// - Isolation: on its loop.
// @unchecked: confined to its loop's thread, checked at each entry.
public final class AccessLog: @unchecked Sendable {
    /// How long lines gather: one write for many requests, and nobody reads faster.
    static let pause = Duration.milliseconds(100)
    /// Octets that may wait for a disk that is slow; about 20,000 lines.
    static let waitingMax = 4 * 1024 * 1024

    /// What a pipe takes without blocking once it says that it takes something (PIPE_BUF, pipe(7)).
    private static let pieceMax = 4096
    /// How long the end waits for a reader.
    private static let endingMilliseconds: Int32 = 1000

    private let loop: EventLoop
    private let file: AccessLogFile
    private let logger: Logger
    private var waiting: [UInt8] = []
    private var dropped = 0
    private var isWriting = false
    private var lastComplaint: UInt64 = 0

    /// A log of one loop; several may share a file.
    public init(loop: EventLoop, file: AccessLogFile, logger: Logger) {
        self.loop = loop
        self.file = file
        self.logger = logger
    }

    /// Adds the line of one answer.
    public func add(_ record: AccessRecord) {
        loop.preconditionCurrent()
        guard waiting.count < Self.waitingMax else {
            dropped += 1
            return
        }
        Self.append(record, to: &waiting)
        if !isWriting { scheduleWrite() }
    }

    private func scheduleWrite() {
        isWriting = true
        _ = loop.schedule(after: Self.pause) { [self] in loop.spawn { [self] in await writeOut() } }
    }

    /// Writes what waits, before the loop ends.
    public func close() {
        loop.preconditionCurrent()
        // A reader that stands still must not keep the server from ending. What a pipe takes at once is less than may wait.
        while !waiting.isEmpty, file.isWritable(within: Self.endingMilliseconds) {
            let lines = Self.takeLines(&waiting, atMost: Self.pieceMax)
            do throws(AccessLogFile.Failure) {
                try file.write(lines)
            } catch {
                return complain(error)
            }
        }
        if !waiting.isEmpty { logger.error("access lines were lost: nobody reads them") }
    }

    private func writeOut() async {
        // Another loop's lines are on their way, or no worker is free: ours wait on.
        if file.acquire() {
            let lines = waiting
            waiting = []
            do {
                try await loop.offload { [file] in
                    defer { file.release() }
                    try file.write(lines)
                }
            } catch RuntimeError.offloadsExhausted {
                file.release()
                waiting = lines + waiting
            } catch {
                complain(error)
            }
        }
        if dropped > 0 {
            logger.warning("access lines were dropped: the disk is too slow", metadata: ["count": "\(dropped)"])
            dropped = 0
        }
        isWriting = false
        if !waiting.isEmpty { scheduleWrite() }
    }

    /// Whole lines from the front, about `size` octets of them.
    private static func takeLines(_ waiting: inout [UInt8], atMost size: Int) -> [UInt8] {
        let limit = min(size, waiting.count)
        let end = waiting[..<limit].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? limit
        let lines = Array(waiting[..<end])
        waiting.removeFirst(end)
        return lines
    }

    /// At most one line a minute: a full disk would fill another one.
    private func complain(_ error: any Error) {
        let now = loop.now
        guard lastComplaint == 0 || now >= lastComplaint &+ 60_000_000_000 else { return }
        lastComplaint = now
        logger.error("access lines were lost", metadata: ["error": "\(error)"])
    }

    static func append(_ record: AccessRecord, to out: inout [UInt8]) {
        var json = JSONWriter(capacity: 384)
        json.object { json in
            json.field("time", InternetTime.text(milliseconds: record.requestID.milliseconds))
            json.field("request_id", record.requestID.description)
            json.field("trace_id", record.trace.traceID)
            json.field("client", record.client)
            if let method = record.method { json.field("method", method.rawValue) }
            if !record.path.isEmpty { json.field("path", record.path) }
            if !record.route.isEmpty { json.field("route", record.route) }
            json.field("status", record.status)
            json.field("bytes", record.bytesSent)
            json.field("duration_us", Int64(record.duration / .microseconds(1)))
        }
        json.withBytes { out.append(contentsOf: $0) }
        out.append(UInt8(ascii: "\n"))
    }
}
