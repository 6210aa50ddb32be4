// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An open regular file, or a part of one, that an answer sends; closed with the last reference.
final class FileContent: BodySource {
    private let descriptor: Int32
    let size: Int
    /// Whole seconds since 1970.
    let modified: Int
    /// Tells this content from every other that the file had, without quotes.
    let tag: String

    /// Takes the descriptor over; nil, with the descriptor closed, for what is no regular file.
    init?(_ descriptor: Int32) {
        self.descriptor = descriptor
        var information = stat()
        let isFile = fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int(information.st_size) : 0
        modified = Int(information.st_mtim.tv_sec)
        // A file is replaced by another with a number of its own, or written to at another nanosecond.
        let facts = [
            UInt64(information.st_ino), UInt64(bitPattern: Int64(information.st_size)),
            UInt64(bitPattern: Int64(information.st_mtim.tv_sec)) &* 1_000_000_000
                &+ UInt64(bitPattern: Int64(information.st_mtim.tv_nsec)),
        ]
        tag = facts.map { String($0, radix: 36) }.joined(separator: "-")
        if !isFile { return nil }
    }

    deinit { Glibc.close(descriptor) }

    /// Octets at `offset`; fewer than `count` where the file ends. Blocks.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        try Self.read(descriptor, at: offset, count: count)
    }

    /// The same of any open file.
    static func read(_ descriptor: Int32, at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let free = buffer.baseAddress?.advanced(by: filled)
                let got = pread(descriptor, free, count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw SpoolError(.failed, errno: failure) }
        return bytes
    }
}

/// The octets of a file, or of another source, that are an answer's body. A class, because every answer has room for one and nearly none has one.
final class FileBody: Sendable {
    let content: any BodySource
    let range: Range<Int>

    init(content: any BodySource, range: Range<Int>) {
        self.content = content
        self.range = range
    }
}
