// SPDX-License-Identifier: Apache-2.0
internal import CUV
internal import Glibc

/// What happens to a stream. Every call comes on the stream's loop.
public protocol TCPStreamHandler: AnyObject, Sendable {
    /// Bytes arrived; the buffer is valid during the call only.
    func streamReceived(_ bytes: UnsafeRawBufferPointer)
    /// The peer sent its last byte (nil) or the connection broke (error). Reading has stopped.
    func streamEnded(_ error: UVError?)
    /// The bytes not yet taken by the kernel fell to zero after they had exceeded what it took at once.
    func streamDrained()
    /// The handle is closed and the handler released; nothing follows.
    func streamClosed()
    /// The cipher refuses what came, and nothing more is received: `.notEncrypted`, after which the stream has no cipher and
    /// what is sent goes as it is, or `.failed`.
    func streamRefused(_ state: StreamCipherState)
}

extension TCPStreamHandler {
    /// For handlers whose streams have no cipher, or that make no difference: the connection is broken.
    public func streamRefused(_ state: StreamCipherState) {
        streamEnded(UVError(code: UV_EPROTO.rawValue, call: "cipher"))
    }
}

/// One TCP connection of a loop.
///
/// Output gathers in `output` during an iteration and is written once at its end (`uv_try_write`, then `uv_write` for what
/// the socket refuses). Back-pressure: stop reading while `unsentBytes` is over a bound, start again at `streamDrained`.
///
/// - Isolation: on the loop.
public final class TCPStream: HandleOwner, LoopFlushable, @unchecked Sendable {
    /// Bytes to be written at the end of this iteration; append, then call `scheduleFlush`.
    public var output: [UInt8] = []
    /// Bytes handed to libuv that the kernel has not taken.
    public private(set) var unsentBytes = 0
    /// Bytes written since the stream opened, for write time-outs that ask for progress.
    public private(set) var writtenBytes: UInt64 = 0
    /// Set before `start`, or never.
    public var cipher: (any StreamCipher)?
    var handler: (any TCPStreamHandler)?
    private var flushScheduled = false
    /// Everything had left, but for output that the next flush offers.
    private var owesDrained = false
    private(set) var shutdownRequested = false
    /// The cipher takes nothing more.
    var cipherHasEnded = false
    /// Bytes that the cipher sent by itself, as answers to what came, since the kernel last took everything.
    var cipherBacklog = 0
    private var connectContinuation: LoopContinuation<Void>?

    var tcp: UnsafeMutablePointer<uv_tcp_t> { memory.assumingMemoryBound(to: uv_tcp_t.self) }
    var stream: UnsafeMutablePointer<uv_stream_t> { memory.assumingMemoryBound(to: uv_stream_t.self) }

    init(loop: EventLoop) throws(UVError) {
        super.init(loop: loop, type: UV_TCP)
        let status = uv_tcp_init(loop.uv, tcp)
        guard status == 0 else {
            discard()
            throw UVError(code: status, call: "uv_tcp_init")
        }
        own()
    }

    /// Opens a connection to a numeric address.
    ///
    /// - Throws: `UVError`. Call it on the loop.
    public nonisolated(nonsending) static func connect(
        to address: SocketAddress, on loop: EventLoop
    ) async throws -> TCPStream {
        let stream = try TCPStream(loop: loop)
        do {
            let _: Void = try await withLoopContinuation { continuation in
                stream.startConnecting(to: address, continuation)
            }
        } catch {
            stream.close()
            throw error
        }
        uv_tcp_nodelay(stream.tcp, 1)
        return stream
    }

    private func startConnecting(to address: SocketAddress, _ continuation: LoopContinuation<Void>) {
        connectContinuation = continuation
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        let status = address.withPointer { pointer in
            uv_tcp_connect(request, tcp, pointer) { request, status in
                guard let request else { return }
                let me: TCPStream = HandleOwner.of(request.pointee.handle.pointee.data)
                request.deallocate()
                let continuation = me.connectContinuation
                me.connectContinuation = nil
                if status < 0 {
                    continuation?.resume(throwing: UVError(code: status, call: "uv_tcp_connect"))
                } else {
                    continuation?.resume()
                }
            }
        }
        if status < 0 {
            request.deallocate()
            connectContinuation = nil
            continuation.resume(throwing: UVError(code: status, call: "uv_tcp_connect"))
        }
    }

    /// Begins delivery to `handler`, which is kept until the stream is closed.
    public func start(_ handler: any TCPStreamHandler) {
        loop.preconditionCurrent()
        self.handler = handler
        startReading()
    }

    /// Asks for bytes again after `stopReading`.
    public func startReading() {
        guard !isClosing, !cipherHasEnded else { return }
        uv_read_start(
            stream,
            { handle, _, buffer in
                let me: TCPStream = HandleOwner.of(handle?.pointee.data)
                let memory = me.loop.readBuffer
                buffer?.pointee = uv_buf_init(
                    memory.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(memory.count))
            },
            { stream, count, buffer in
                let me: TCPStream = HandleOwner.of(stream?.pointee.data)
                if count > 0 {
                    let bytes = UnsafeRawBufferPointer(start: buffer?.pointee.base, count: count)
                    if let cipher = me.cipher {
                        me.open(bytes, with: cipher)
                    } else {
                        me.handler?.streamReceived(bytes)
                    }
                } else if count < 0 {
                    uv_read_stop(stream)
                    let isEnd = count == Int(UV_EOF.rawValue)
                    me.handler?.streamEnded(isEnd ? nil : UVError(code: Int32(count), call: "read"))
                }
            })
    }

    /// Leaves further bytes in the kernel, so that the peer is slowed down.
    public func stopReading() {
        guard !isClosing else { return }
        uv_read_stop(stream)
    }

    /// Bytes that wait, gathered or handed over.
    public var pendingBytes: Int { output.count + unsentBytes }

    /// Registers for the write at the end of this iteration.
    public func scheduleFlush() {
        guard !flushScheduled, !isClosing else { return }
        flushScheduled = true
        loop.scheduleFlush(self)
    }

    public func flush() {
        flushScheduled = false
        guard !isClosing else {
            output = []
            return
        }
        if let cipher {
            seal(with: cipher)
        } else if !output.isEmpty {
            writeOutput()
        }
        if owesDrained, output.isEmpty, unsentBytes == 0 {
            owesDrained = false
            handler?.streamDrained()
        }
        if shutdownRequested && output.isEmpty && unsentBytes == 0 { shutDownNow() }
    }

    private func writeOutput() {
        let broken = output.withUnsafeBytes { offer($0) }
        clearOutput()
        if let broken { handler?.streamEnded(broken) }
    }

    /// Empties `output` after its bytes were offered; keeps the memory of answers, not of whole files.
    func clearOutput() {
        output.removeAll(keepingCapacity: unsentBytes == 0 && output.capacity <= 32 * 1024)
    }

    /// Gives bytes to the kernel, and to libuv what the kernel does not take at once.
    ///
    /// - Returns: why the connection is broken, for the handler; nil where it is not.
    func offer(_ bytes: UnsafeRawBufferPointer) -> UVError? {
        var taken = 0
        loop.counters.writes &+= 1
        if unsentBytes == 0 {
            // libuv does not write to it; its structure knows no constant bytes.
            let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            var buffer = uv_buf_init(base, UInt32(clamping: bytes.count))
            let result = uv_try_write(stream, &buffer, 1)
            if result >= 0 {
                taken = Int(result)
            } else if result != UV_EAGAIN.rawValue {
                return UVError(code: result, call: "write")
            }
        }
        writtenBytes &+= UInt64(taken)
        return taken < bytes.count ? queueWrite(UnsafeRawBufferPointer(rebasing: bytes[taken...])) : nil
    }

    private func queueWrite(_ rest: UnsafeRawBufferPointer) -> UVError? {
        let count = rest.count
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        bytes.copyMemory(from: rest)
        unsentBytes += count
        let write = PendingWrite(bytes: bytes)
        var buffer = uv_buf_init(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(clamping: count))
        write.request.pointee.data = Unmanaged.passRetained(write).toOpaque()
        let status = uv_write(write.request, stream, &buffer, 1) { request, status in
            guard let request, let data = request.pointee.data else { return }
            let me: TCPStream = HandleOwner.of(request.pointee.handle.pointee.data)
            let write = Unmanaged<PendingWrite>.fromOpaque(data).takeRetainedValue()
            me.wrote(write.bytes.count, status: status)
        }
        guard status < 0 else { return nil }
        Unmanaged.passUnretained(write).release()
        unsentBytes -= count
        return UVError(code: status, call: "uv_write")
    }

    private func wrote(_ count: Int, status: Int32) {
        unsentBytes -= count
        guard !isClosing else { return }
        if status < 0 {
            handler?.streamEnded(UVError(code: status, call: "write"))
            return
        }
        writtenBytes &+= UInt64(count)
        if unsentBytes == 0 {
            cipherBacklog = 0
            // What has been gathered meanwhile is not the kernel's yet: told after the flush.
            owesDrained = !output.isEmpty
            if !owesDrained { handler?.streamDrained() }
            if shutdownRequested { scheduleFlush() }
        }
    }

    /// Sends what is gathered, then ends the write side; bytes can still be read.
    public func shutdownWriting() {
        guard !shutdownRequested, !isClosing else { return }
        shutdownRequested = true
        scheduleFlush()
    }

    private func shutDownNow() {
        let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
        let status = uv_shutdown(request, stream) { request, _ in request?.deallocate() }
        if status < 0 { request.deallocate() }
    }

    override func didClose() {
        let handler = handler
        self.handler = nil
        output = []
        handler?.streamClosed()
    }

    /// The peer's address, as it was when asked first.
    public var peer: SocketAddress? {
        SocketAddress.read { address, length in uv_tcp_getpeername(tcp, address, length) }
    }
}

private final class PendingWrite {
    let bytes: UnsafeMutableRawBufferPointer
    let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)

    init(bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    deinit {
        bytes.deallocate()
        request.deallocate()
    }
}
