// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Glibc
import Synchronization

/// The keys of session tickets, with which a client resumes without the handshake's signature (RFC 5077, RFC 8446 2.2).
///
/// TLS 1.3 tickets are sealed with keys derived from the deployment's secret and the time: all its processes resume each
/// other's sessions, also after a restart. Whoever learns that secret later still cannot read what was recorded, because
/// every resumption exchanges fresh keys. A TLS 1.2 ticket holds the very secret of the recorded session, so those keys are
/// random, live in this process's memory only and are forgotten with their epoch (docs/adr/0008).
///
/// - Isolation: usable from any thread.
public final class TLSTicketKeys: Sendable {
    /// Keys change twice a day; those of the epoch before are still read.
    static let epochSeconds: UInt64 = 12 * 3600

    /// One epoch's keys.
    struct Keys {
        /// Public: names the keys within the ticket.
        let name: [UInt8]
        let cipher: [UInt8]
        let mac: [UInt8]

        static let nameCount = 16
    }

    private struct State {
        var epoch: UInt64 = 0
        /// Derived ones, of this epoch and the one before.
        var shared: [Keys] = []
        /// Random ones: this epoch's first, the one before behind it.
        var own: [Keys] = []
    }

    private let secret: SecretKey
    private let random: RandomSource
    private let now: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// Takes the deployment's secret.
    ///
    /// - Parameter now: seconds since 1970; nil is the system's clock.
    public init(secret: SecretKey, random: RandomSource = .secure, now: (@Sendable () -> UInt64)? = nil) {
        self.secret = secret
        self.random = random
        self.now = now ?? { UInt64(max(time(nil), 0)) }
    }

    /// The keys with which a new ticket is sealed.
    func current(isShared: Bool) -> Keys {
        state.withLock { state in
            turn(&state)
            return isShared ? state.shared[0] : state.own[0]
        }
    }

    /// The keys with that name, and whether they are this epoch's; nil for unknown and forgotten ones.
    func find(_ name: UnsafeRawBufferPointer) -> (keys: Keys, isCurrent: Bool)? {
        state.withLock { state in
            turn(&state)
            for keys in [state.shared, state.own] {
                for (age, candidate) in keys.enumerated() where candidate.name.elementsEqual(name) {
                    return (candidate, age == 0)
                }
            }
            return nil
        }
    }

    private func turn(_ state: inout State) {
        let epoch = now() / Self.epochSeconds
        guard epoch != state.epoch || state.own.isEmpty else { return }
        // After a pause of more than an epoch, or a clock set back, the old random keys are of no known age.
        let isNext = epoch == state.epoch &+ 1
        state.shared = [derived(epoch), derived(epoch &- 1)]
        state.own = [made()] + (isNext ? state.own.prefix(1) : [])
        state.epoch = epoch
    }

    private func derived(_ epoch: UInt64) -> Keys {
        Keys(
            name: Array(secret.key(for: "tls-ticket-name/\(epoch)").prefix(Keys.nameCount)),
            cipher: secret.key(for: "tls-ticket-cipher/\(epoch)"), mac: secret.key(for: "tls-ticket-mac/\(epoch)"))
    }

    private func made() -> Keys {
        Keys(name: random.bytes(Keys.nameCount), cipher: random.bytes(32), mac: random.bytes(32))
    }

    // MARK: OpenSSL's callback

    typealias Callback =
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?,
            Int32
        ) -> Int32

    /// Answers: -1 failed, 0 no such keys (a full handshake follows), 1 done, 2 done and a new ticket should be made.
    static let callback: Callback = { ssl, name, iv, cipher, mac, isSealing in
        guard let ssl, let name, let iv, let cipher, let mac,
            let data = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0)
        else { return -1 }
        let tickets = Unmanaged<TLSTicketKeys>.fromOpaque(data).takeUnretainedValue()
        if isSealing == 1 {
            let keys = tickets.current(isShared: SSL_version(ssl) == TLS1_3_VERSION)
            name.update(from: keys.name, count: Keys.nameCount)
            guard RAND_bytes(iv, 16) == 1, prepare(mac, keys),
                EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, keys.cipher, iv) == 1
            else { return -1 }
            return 1
        }
        guard let (keys, isCurrent) = tickets.find(UnsafeRawBufferPointer(start: name, count: Keys.nameCount)) else {
            return 0
        }
        guard prepare(mac, keys), EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, keys.cipher, iv) == 1 else {
            return -1
        }
        return isCurrent ? 1 : 2
    }

    private static func prepare(_ mac: OpaquePointer, _ keys: Keys) -> Bool {
        OpenSSL.withHMACParameters(key: keys.mac) { EVP_MAC_CTX_set_params(mac, $0) == 1 }
    }
}
