// SPDX-License-Identifier: Apache-2.0
import CSodium

/// libsodium, initialised once for the process.
enum Sodium {
    /// Whether libsodium is usable: `sodium_init` gives -1 on failure, 0 the first time and 1 afterwards.
    static let isReady = sodium_init() >= 0

    /// Makes sure that libsodium is initialised before anything of it is used.
    ///
    /// It fails only where the kernel offers no source of randomness; nothing can be done safely then.
    static func require() {
        precondition(isReady, "libsodium found no source of randomness")
    }
}
