// SPDX-License-Identifier: Apache-2.0
internal import CUV

/// Watches a file descriptor that another library owns (libpq, libcurl).
///
/// Close it before the descriptor is closed. Isolation: on the loop.
public final class PollHandle: HandleOwner, @unchecked Sendable {
    /// What to watch for, or what happened.
    public struct Events: OptionSet, Sendable {
        public let rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// Bytes, or the end, can be read.
        public static let readable = Events(rawValue: Int32(UV_READABLE.rawValue))
        /// Bytes can be written.
        public static let writable = Events(rawValue: Int32(UV_WRITABLE.rawValue))
    }

    private var callback: ((Events, UVError?) -> Void)?
    private var watched: Events = []

    /// Starts with nothing watched; `callback` runs on the loop.
    ///
    /// - Throws: `UVError` when the descriptor cannot be polled.
    public init(loop: EventLoop, descriptor: Int32, callback: @escaping (Events, UVError?) -> Void) throws(UVError) {
        self.callback = callback
        super.init(loop: loop, type: UV_POLL)
        let status = uv_poll_init(loop.uv, memory.assumingMemoryBound(to: uv_poll_t.self), descriptor)
        guard status == 0 else {
            discard()
            throw UVError(code: status, call: "uv_poll_init")
        }
        own()
    }

    /// Replaces what is watched; an empty set pauses.
    public func watch(_ events: Events) throws(UVError) {
        loop.preconditionCurrent()
        guard !isClosing, events != watched else { return }
        watched = events
        let poll = memory.assumingMemoryBound(to: uv_poll_t.self)
        if events.isEmpty {
            uv_poll_stop(poll)
            return
        }
        try UVError.check(
            uv_poll_start(poll, events.rawValue) { poll, status, events in
                let me: PollHandle = HandleOwner.of(poll?.pointee.data)
                me.callback?(
                    Events(rawValue: events), status < 0 ? UVError(code: status, call: "uv_poll") : nil)
            }, "uv_poll_start")
    }

    override func willClose() {
        callback = nil
        uv_poll_stop(memory.assumingMemoryBound(to: uv_poll_t.self))
    }
}
