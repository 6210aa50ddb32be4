// SPDX-License-Identifier: Apache-2.0
internal import CUV
internal import Glibc

/// Calls back on a loop for each delivery of one signal. Isolation: on the loop.
public final class SignalWatcher: HandleOwner, @unchecked Sendable {
    private var callback: ((Int32) -> Void)?

    /// Watches `signal` (`SIGTERM`, `SIGHUP` …) until closed.
    public init(loop: EventLoop, signal: Int32, callback: @escaping (Int32) -> Void) throws(UVError) {
        self.callback = callback
        super.init(loop: loop, type: UV_SIGNAL)
        let handle = memory.assumingMemoryBound(to: uv_signal_t.self)
        uv_signal_init(loop.uv, handle)
        own()
        let status = uv_signal_start(
            handle,
            { handle, number in
                let me: SignalWatcher = HandleOwner.of(handle?.pointee.data)
                me.callback?(number)
            }, signal)
        guard status == 0 else {
            close()
            throw UVError(code: status, call: "uv_signal_start")
        }
    }

    override func willClose() {
        callback = nil
    }

    /// Makes writes to closed sockets errors instead of a signal that ends the process. Once, at start.
    public static func ignoreBrokenPipes() {
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
    }

    /// SIGHUP without a watcher has no effect, where it would end the process.
    public static func ignoreHangups() {
        _ = Glibc.signal(SIGHUP, SIG_IGN)
    }
}
