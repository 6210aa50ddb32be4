// SPDX-License-Identifier: Apache-2.0

public import MarketCrypto
import Synchronization

/// The certificate under which a server speaks TLS; replaced while it runs.
///
/// Connections keep the one with which they began, new ones take the newest.
///
/// - Isolation: usable from any thread.
public final class TLSIdentity: Sendable {
    private let current: Mutex<TLSServerContext>

    /// Begins with a certificate.
    public init(_ context: TLSServerContext) {
        current = Mutex(context)
    }

    /// Serves connections from now on under another certificate.
    public func replace(with context: TLSServerContext) {
        current.withLock { $0 = context }
    }

    /// What a new connection takes.
    var context: TLSServerContext { current.withLock { $0 } }
}
