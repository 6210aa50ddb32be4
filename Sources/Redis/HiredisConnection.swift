// SPDX-License-Identifier: Apache-2.0
internal import CHiredis
internal import UVRuntime

/// One connection of the C client, polled by the loop.
///
/// Commands gather in hiredis' buffer during an iteration and are written once at its end. The three closures run in the
/// isolation that made them; after `gone` nothing follows and the object is spent.
final class HiredisConnection: LoopFlushable {
    private let loop: EventLoop
    private let connected: () -> Void
    private let replied: (RedisValue?) -> Void
    private let gone: (String) -> Void
    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private var poll: PollHandle?
    private var events: PollHandle.Events = []
    private var isUp = false
    private var isFlushing = false
    private var flushScheduled = false

    /// - Parameters:
    ///   - connected: the socket is connected.
    ///   - replied: the reply to the oldest command that has none; nil when the connection broke before it came.
    ///   - gone: the connection is closed, with hiredis' reason; also for one that never came up.
    init(
        loop: EventLoop, connected: @escaping () -> Void, replied: @escaping (RedisValue?) -> Void,
        gone: @escaping (String) -> Void
    ) {
        self.loop = loop
        self.connected = connected
        self.replied = replied
        self.gone = gone
    }

    /// Begins to connect. `host` is numeric: hiredis would resolve a name on the loop's thread.
    ///
    /// - Returns: why it is impossible, or nil; then `connected` or `gone` follows.
    func open(_ address: RedisConfiguration.Address) -> String? {
        let made =
            switch address {
            case .tcp(let host, let port): redisAsyncConnect(host, Int32(port))
            case .unix(let path): redisAsyncConnectUnix(path)
            }
        guard let made else { return "out of memory" }
        guard made.pointee.err == 0 else {
            defer { redisAsyncFree(made) }
            return Self.reason(made)
        }
        do throws(UVError) {
            poll = try PollHandle(loop: loop, descriptor: made.pointee.c.fd) { [unowned self] events, error in
                ready(events, failed: error != nil)
            }
        } catch {
            redisAsyncFree(made)
            return error.description
        }
        context = made
        // hiredis holds us until its cleanup call, which is its last.
        made.pointee.data = Unmanaged.passRetained(self).toOpaque()
        made.pointee.ev.data = made.pointee.data
        made.pointee.ev.addRead = { HiredisConnection.of($0).want(.readable, true) }
        made.pointee.ev.delRead = { HiredisConnection.of($0).want(.readable, false) }
        made.pointee.ev.addWrite = { HiredisConnection.of($0).wantWrite() }
        made.pointee.ev.delWrite = { HiredisConnection.of($0).want(.writable, false) }
        made.pointee.ev.cleanup = { data in
            let me = HiredisConnection.of(data)
            me.cleanUp()
            Unmanaged.passUnretained(me).release()
        }
        redisAsyncSetConnectCallback(made) { context, status in
            guard status == REDIS_OK else { return }
            let me = HiredisConnection.of(context?.pointee.data)
            me.isUp = true
            me.connected()
        }
        return nil
    }

    /// Queues one command; its reply comes by `replied`.
    ///
    /// - Returns: false when the connection is closing; then no reply follows.
    func send(_ parts: [[UInt8]]) -> Bool {
        guard let context else { return false }
        var flat: [UInt8] = []
        flat.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { flat.append(contentsOf: part) }
        return flat.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: parts.count) { values in
                withUnsafeTemporaryAllocation(of: Int.self, capacity: parts.count) { lengths in
                    var offset = 0
                    for (index, part) in parts.enumerated() {
                        values[index] = bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
                        lengths[index] = part.count
                        offset += part.count
                    }
                    let status = redisAsyncCommandArgv(
                        context,
                        { context, reply, _ in
                            let me = HiredisConnection.of(context?.pointee.data)
                            me.replied(
                                reply.map { RedisValue(UnsafePointer($0.assumingMemoryBound(to: redisReply.self))) })
                        }, nil, Int32(parts.count), values.baseAddress,
                        UnsafeRawPointer(lengths.baseAddress)?.assumingMemoryBound(to: Int.self))
                    return status == REDIS_OK
                }
            }
        }
    }

    /// Closes at once: every command without a reply gets `replied(nil)`, then `gone` is called.
    func close() {
        if let context { redisAsyncFree(context) }
    }

    func flush() {
        flushScheduled = false
        guard let context, isUp else { return }
        isFlushing = true
        redisAsyncHandleWrite(context)
        isFlushing = false
    }

    private func ready(_ happened: PollHandle.Events, failed: Bool) {
        // A failed poll is given to hiredis as readable: its read finds the error and ends the connection.
        if failed || happened.contains(.readable), let context { redisAsyncHandleRead(context) }
        if happened.contains(.writable), let context { redisAsyncHandleWrite(context) }
    }

    private func wantWrite() {
        if isUp && !isFlushing {
            guard !flushScheduled else { return }
            flushScheduled = true
            loop.scheduleFlush(self)
        } else {
            want(.writable, true)
        }
    }

    private func want(_ event: PollHandle.Events, _ on: Bool) {
        if on { events.insert(event) } else { events.remove(event) }
        do throws(UVError) {
            try poll?.watch(events)
        } catch {
            // Without polling no reply can come; the command time-out finds out and gives the connection up.
            events = []
        }
    }

    private func cleanUp() {
        poll?.close()
        poll = nil
        guard let context else { return }
        self.context = nil
        gone(Self.reason(context))
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> HiredisConnection {
        guard let data else { preconditionFailure("a hiredis context lost its owner") }
        return Unmanaged<HiredisConnection>.fromOpaque(data).takeUnretainedValue()
    }

    private static func reason(_ context: UnsafeMutablePointer<redisAsyncContext>) -> String {
        guard context.pointee.err != 0 else { return "closed" }
        return context.pointee.errstr.map { String(cString: $0) } ?? "error \(context.pointee.err)"
    }
}
