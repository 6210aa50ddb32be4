// SPDX-License-Identifier: Apache-2.0
internal import CUV

extension TCPStream {
    /// What a peer may make the cipher answer without taking the answers: some hundred key updates or refused
    /// renegotiations. A handshake's longest flight, a chain of certificates, stays far below.
    static let cipherBacklogMax = 64 * 1024

    /// Gives received bytes through the cipher to the handler.
    func open(_ bytes: UnsafeRawBufferPointer, with cipher: any StreamCipher) {
        let state = cipher.open(bytes) { plain in
            // The handler may have closed the stream with the part before.
            if !isClosing { handler?.streamReceived(plain) }
        }
        guard !isClosing else { return }
        if cipher.hasOutput { scheduleFlush() }
        switch state {
        case .open: return
        case .ended:
            endReading()
            handler?.streamEnded(nil)
        case .notEncrypted:
            self.cipher = nil
            handler?.streamRefused(state)
        case .failed: handler?.streamRefused(state)
        }
    }

    private func endReading() {
        cipherHasEnded = true
        uv_read_stop(stream)
    }

    /// The end of an iteration: encrypts what gathered and offers it to the kernel.
    func seal(with cipher: any StreamCipher) {
        let isUnasked = output.isEmpty && !shutdownRequested
        var broken: UVError?
        output.withUnsafeBytes { plain in
            cipher.seal(plain, isLast: shutdownRequested) { sealed in
                broken = offer(sealed)
                if isUnasked, unsentBytes > 0 { cipherBacklog += sealed.count }
            }
        }
        clearOutput()
        if broken == nil, cipherBacklog > Self.cipherBacklogMax {
            broken = UVError(code: UV_ENOBUFS.rawValue, call: "cipher")
        }
        if let broken { handler?.streamEnded(broken) }
    }
}
