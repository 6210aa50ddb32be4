// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Whether this process wants new work; a proxy asks before it sends any.
final class Readiness: Sendable {
    private let draining = Atomic<Bool>(false)

    /// Whether the server is ending.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// From here on the server is not ready any more.
    func beginDraining() {
        draining.store(true, ordering: .relaxed)
    }
}
