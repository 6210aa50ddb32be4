// SPDX-License-Identifier: Apache-2.0

/// The memory in which one loop's connections decrypt and encrypt, one after the other: an idle one keeps none.
///
/// - Isolation: on its loop.
final class TLSBuffers {
    /// As much as is read from a socket at once: one call of the handler for one read.
    private static let plainSize = 64 * 1024
    /// What is kept between answers; a larger one is given back.
    private static let sealedMax = 256 * 1024

    /// Where received records are decrypted to.
    let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: plainSize, alignment: 16)
    private var sealed: [UInt8] = []

    deinit {
        plain.deallocate()
    }

    /// Empty memory to make records in; to be put back.
    func take() -> [UInt8] {
        let taken = sealed
        sealed = []
        return taken
    }

    /// Takes the memory back for the next one, and leaves an empty array.
    func putBack(_ used: inout [UInt8]) {
        if used.capacity <= Self.sealedMax {
            used.removeAll(keepingCapacity: true)
            swap(&sealed, &used)
        }
        used = []
    }
}
