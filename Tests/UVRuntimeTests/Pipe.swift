// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A pipe of the system, closed with its last reference.
final class Pipe: Sendable {
    struct NoPipe: Error {}

    let readEnd: Int32
    private let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw NoPipe() }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func write() {
        var octet: UInt8 = 1
        _ = Glibc.write(writeEnd, &octet, 1)
    }
}
