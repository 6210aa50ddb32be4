// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
import Testing
import UVRuntime

/// A loop that ends while something is pending leaves no task parked on a handle of its own.
@Suite(.timeLimit(.minutes(1))) struct LoopShutdownTests {
    /// Starts `work` on a loop, waits until `begun` is called by it, ends the loop and returns how `work` ended.
    private func ended<Value: Sendable>(
        _ work: @escaping @Sendable (EventLoop, @escaping @Sendable () -> Void) async throws -> Value
    ) async throws -> Result<Value, any Error> {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        await withCheckedContinuation { begun in
            let once = Atomic(false)
            loop.spawn {
                let result: Result<Value, any Error>
                do {
                    result = .success(
                        try await work(loop) {
                            // The test's own task goes on in the pool, not on the loop that is about to end.
                            if !once.exchange(true, ordering: .relaxed) { LoopExecutor.outside { begun.resume() } }
                        })
                } catch {
                    result = .failure(error)
                }
                outcome.withLock { $0 = result }
            }
        }
        await group.shutdown()
        return try #require(outcome.withLock { $0 })
    }

    @Test func aSleepEndsWithAnError() async throws {
        let result = try await ended { loop, begun in
            begun()
            try await loop.sleep(for: .seconds(3_600))
        }
        #expect(throws: RuntimeError.loopStopped) { try result.get() }
    }

    @Test func aTaskThatSleepsAgainIsStoppedAgain() async throws {
        let result = try await ended { loop, begun -> Int in
            begun()
            var stopped = 0
            for _ in 0..<5 {
                do { try await loop.sleep(for: .seconds(3_600)) } catch RuntimeError.loopStopped { stopped += 1 }
            }
            return stopped
        }
        #expect(try result.get() == 5)
    }

    @Test func aTaskThatNeverStopsSleepingDoesNotHoldTheLoop() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        loop.spawn {
            while !Task.isCancelled { try? await loop.sleep(for: .milliseconds(1)) }
        }
        try await loop.run {}
        await group.shutdown()
    }

    @Test func aConnectionThatIsBeingMadeEndsWithAnError() async throws {
        let result = try await ended { loop, begun in
            // A listener whose queue of one is full lets a connection wait for ever.
            let full = try FullListener()
            begun()
            _ = try await TCPStream.connect(to: full.address, on: loop)
        }
        #expect(throws: UVError.self) { try result.get() }
    }

    @Test func offloadedWorkIsWaitedFor() async throws {
        let result = try await ended { loop, begun in
            try await loop.offload {
                begun()
                usleep(20_000)
                return 7
            }
        }
        #expect(try result.get() == 7)
    }

    @Test func openStreamsAreClosedAndTold() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let told = Tally()
        try await loop.run {
            let any = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let listener = try TCPListener(loop: loop, address: any, refused: { Issue.record($0) }) { stream in
                stream.start(Listening(told))
            }
            let stream = try await TCPStream.connect(to: try #require(listener.localAddress), on: loop)
            stream.start(Listening(told))
            while told.opened < 2 { try await loop.sleep(for: .zero) }
        }
        #expect(told.closed == 0)
        await group.shutdown()
        #expect(told.closed == 2)
    }

    @Test func aTaskThatALoopHasResumedMayEndIt() async throws {
        let group = try EventLoopGroup(count: 1)
        // Called without `run`, the actor leaves its caller on the loop (ADR 0001).
        _ = await Counter(executor: group.loops[0]).increment()
        #expect(LoopExecutor.current === group.loops[0])
        await group.shutdown()
        #expect(LoopExecutor.current == nil)
    }

    @Test func aLoopThatHasEndedRefusesToRun() async throws {
        let group = try EventLoopGroup(count: 2)
        let loop = group.loops[0]
        await group.shutdown()
        await #expect(throws: RuntimeError.loopStopped) {
            try await loop.run { Issue.record("ran on a loop that ended") }
        }
        await loop.spawn { Issue.record("ran on a loop that ended") }.value
        // Twice is once.
        await group.shutdown()
    }

    @Test func jobsOfOtherThreadsAtTheEndAreRunOrRefusedAndNeverLost() async throws {
        for _ in 0..<20 {
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let tasks = (0..<50).map { number in Task.detached { try await loop.run { number } } }
            await group.shutdown()
            for (number, task) in tasks.enumerated() {
                do {
                    #expect(try await task.value == number)
                } catch RuntimeError.loopStopped {
                    // Came too late, and was told.
                }
            }
        }
    }
}

/// Counts streams that opened and closed.
private final class Tally: Sendable {
    private let counts = Mutex((opened: 0, closed: 0))
    var opened: Int { counts.withLock { $0.opened } }
    var closed: Int { counts.withLock { $0.closed } }
    func open() { counts.withLock { $0.opened += 1 } }
    func close() { counts.withLock { $0.closed += 1 } }
}

private final class Listening: TCPStreamHandler {
    private let tally: Tally

    init(_ tally: Tally) {
        self.tally = tally
        tally.open()
    }

    func streamReceived(_ bytes: UnsafeRawBufferPointer) {}
    func streamEnded(_ error: UVError?) {}
    func streamDrained() {}
    func streamClosed() { tally.close() }
}

/// A listener that takes nobody: its queue holds one connection and is full.
private final class FullListener: Sendable {
    struct Failed: Error {}

    let address: SocketAddress
    private let sockets: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 0) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard bound, let address = SocketAddress(host: "127.0.0.1", port: UInt16(bigEndian: name.sin_port)) else {
            throw Failed()
        }
        self.address = address
        // More than the queue holds; non-blocking, because the last of them wait for ever.
        let clients = (0..<4).map { _ in
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafePointer(to: name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, length) }
            }
            return client
        }
        sockets = clients + [listener]
    }

    deinit {
        for socket in sockets { close(socket) }
    }
}
