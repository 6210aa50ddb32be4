// SPDX-License-Identifier: Apache-2.0

import UVRuntime

/// One client connection: feeds the parser, runs one request at a time, answers in order, ends in good manners.
///
/// One request is in work at a time; what arrives behind it waits unparsed up to `readAheadMax`, then in the kernel. That
/// keeps answers in order and unsafe requests apart without a queue of answers.
final actor HTTPConnection: LoopActor, TCPStreamHandler, LoopFlushable {
    enum Phase {
        /// Between requests; nothing of the next has arrived.
        case idle
        /// A part of a head has arrived.
        case head
        /// The head is complete, the body is not.
        case body
        /// A handler is at work.
        case handling
        /// The last answer is being sent.
        case closing
        /// The last answer has left; what still comes in is dropped.
        case lingering
        case closed
    }

    nonisolated let executor: LoopExecutor
    let id: UInt64
    let stream: TCPStream
    let server: LoopServer
    let origin: RequestOrigin
    var configuration: HTTPServerConfiguration { server.configuration }
    var bounds: ConnectionBounds { server.bounds }

    var phase = Phase.idle
    var parser: RequestParser
    /// Octets that arrived and are not parsed yet: `waiting[waitingStart...]`.
    var waiting: [UInt8] = []
    var waitingStart = 0
    var hasStoppedReading = false
    /// The file that is being sent; the phase is `.handling` meanwhile.
    var outgoing: OutgoingFile?
    /// The answer without an end that is being sent; the phase is `.handling` meanwhile.
    var outgoingLive: OutgoingLive?
    /// Too much output waits: nothing is parsed until it has left.
    var isPaused = false
    var peerHasEnded = false

    /// The request being read or answered.
    var current: CurrentRequest?
    var requestCount = 0
    var task: Task<Void, Never>?
    /// Tells the answer of a request that has timed out from the one that is awaited.
    var generation: UInt64 = 0

    /// Monotonic nanoseconds; `.max`: none.
    var deadline = UInt64.max
    var writeDeadline = UInt64.max
    var writtenAtDeadline: UInt64 = 0
    var armedStep: UInt64 = 0
    var droppedCount = 0
    var flushIsScheduled = false

    init(id: UInt64, stream: TCPStream, server: LoopServer, origin: RequestOrigin) {
        executor = server.loop
        self.id = id
        self.stream = stream
        self.server = server
        self.origin = origin
        parser = RequestParser(limits: server.configuration.parser)
    }

    /// The time for the first head runs from the accept.
    func begin() {
        setDeadline(after: bounds.headTime)
    }

    // MARK: Calls of the stream, on the loop

    nonisolated func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        // The pointer is used during this call only, on this thread.
        nonisolated(unsafe) let bytes = bytes
        assumeIsolated(with: bytes) { $0.received($1.bindMemory(to: UInt8.self)) }
    }

    nonisolated func streamEnded(_ error: UVError?) {
        assumeIsolated { error == nil ? $0.peerEnded() : $0.abandon() }
    }

    nonisolated func streamRefused(_ state: StreamCipherState) {
        assumeIsolated { $0.encryptionRefused(state) }
    }

    nonisolated func streamDrained() {
        assumeIsolated { $0.outputLeft() }
    }

    nonisolated func streamClosed() {
        assumeIsolated { $0.didClose() }
    }

    nonisolated func flush() {
        assumeIsolated { connection in
            connection.flushIsScheduled = false
            connection.outputWasOffered()
        }
    }

    // MARK: Input

    private func received(_ bytes: UnsafeBufferPointer<UInt8>) {
        switch phase {
        case .closing, .lingering: drop(bytes.count)
        case .closed: return
        case .idle, .head, .body, .handling:
            guard canParse, waitingStart == waiting.count else { return hold(bytes[...]) }
            let used = parse(bytes, from: 0)
            if used < bytes.count, phase != .closing { hold(bytes[used...]) }
        }
    }

    var canParse: Bool {
        guard !isPaused else { return false }
        switch phase {
        case .idle, .head: return true
        case .body: return current?.intake?.isPaused != true && current?.awaitsAdmission != true
        case .handling, .closing, .lingering, .closed: return false
        }
    }

    private func hold(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        if waitingStart > 0 {
            waiting.removeFirst(waitingStart)
            waitingStart = 0
        }
        waiting.append(contentsOf: bytes)
        if waiting.count >= bounds.readAheadMax, !hasStoppedReading {
            hasStoppedReading = true
            stream.stopReading()
        }
    }

    /// Goes on with what waits, after an answer or after output has left.
    func resume() {
        while canParse, waitingStart < waiting.count {
            // The buffer is moved out while it is read: an answer may not touch it.
            let input = waiting
            let used = input.withUnsafeBufferPointer { parse($0, from: waitingStart) }
            waitingStart = used
        }
        if waitingStart == waiting.count {
            waiting = []
            waitingStart = 0
        }
        guard canParse else { return }
        if peerHasEnded { return endAfterPeer() }
        if hasStoppedReading {
            hasStoppedReading = false
            stream.startReading()
        }
    }

    // MARK: The peer's end

    /// The client has sent its last octet; what it sent before is still answered.
    private func peerEnded() {
        peerHasEnded = true
        switch phase {
        case .idle, .head, .body: if canParse, waitingStart == waiting.count { endAfterPeer() }
        case .lingering: close()
        // Whoever listens no longer than that has left.
        case .handling where outgoingLive != nil: endLive()
        case .handling, .closing, .closed: return
        }
    }

    /// Nothing complete is left to answer; an incomplete request is never handed to a handler.
    private func endAfterPeer() {
        beginClosing()
    }

    /// The connection broke, or the server gives it up.
    func abandon() {
        close()
    }

    /// The server ends: idle connections close, a request that has begun is answered first.
    func drain() {
        if outgoingLive != nil { return endLive() }
        if phase == .idle, !isPaused, waitingStart == waiting.count { beginClosing() }
    }
}

/// A request from its head to its answer.
///
/// A class, because it is handed from step to step: as a structure it would be copied, with a dozen references counted,
/// at each of them.
final class CurrentRequest {
    let head: RequestHead
    var decision: Dispatcher.Decision
    let requestID: RequestID
    /// Monotonic nanoseconds at the complete head.
    let began: UInt64
    var body: [UInt8] = []
    /// Takes the body where it is not simply gathered.
    var intake: BodyIntake?
    /// Whether it is being decided if the body is wanted.
    var awaitsAdmission = false
    /// Octets of body received, dropped ones included.
    var bodyCount = 0
    /// Loop time when the body was first waited for; 0 before.
    var bodyBegan: UInt64 = 0
    /// Loop time of its last octets, or of its beginning.
    var bodyProgress: UInt64 = 0
    /// The handler's view, once it exists.
    var context: RequestContext?
    /// What the gathered body is counted in, once there is some of it.
    private var budget: BodyBudget?
    private var heldCount = 0

    init(head: RequestHead, decision: Dispatcher.Decision, requestID: RequestID, began: UInt64) {
        self.head = head
        self.decision = decision
        self.requestID = requestID
        self.began = began
    }

    deinit {
        budget?.give(heldCount)
    }

    /// Counts octets of the body that are kept; false where there is no room for them.
    func hold(_ count: Int, in budget: BodyBudget) -> Bool {
        guard budget.take(count) else { return false }
        self.budget = budget
        heldCount += count
        return true
    }

    var route: Route? {
        mounted?.route
    }

    var mounted: MountedRoute? {
        if case .route(let mounted, _, _) = decision { return mounted }
        return nil
    }
}
