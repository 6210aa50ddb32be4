// SPDX-License-Identifier: Apache-2.0

import UVRuntime

extension HTTPConnection {
    /// TLS cannot go on. An alert, if one is due, leaves with the end of the connection; a request that was at work
    /// completes, and nobody is left to hear of it.
    func encryptionRefused(_ state: StreamCipherState) {
        switch phase {
        case .closing, .lingering, .closed: return
        case .idle, .head, .body, .handling: break
        }
        guard state == .notEncrypted else {
            server.metrics.refused("tls")
            recordAbandoned()
            return beginClosing()
        }
        server.metrics.refused("plain-on-tls")
        refuseStream(
            Problem(.malformedRequest, detail: "This port speaks TLS: use https.", closesConnection: true))
    }
}
