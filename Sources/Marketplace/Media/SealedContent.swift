// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import HTTP

/// A private file that is being read: opened block by block, never whole in memory, never in the clear on the disk.
public final class SealedContent: BodySource {
    private let descriptor: Int32
    private let format: SealedFormat
    /// Octets of the content.
    public var size: Int { format.size }

    /// Opens a file; nil where there is none. Blocks.
    init?(_ path: String, of file: PrivateFile, keys: PrivateFileKeys) throws(FileStoreError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileStoreError("open", errno: errno)
        }
        do throws(FileStoreError) {
            let head = try Self.read(descriptor, at: 0, count: SealedFormat.headCount)
            guard let format = SealedFormat(head, of: file, keys: keys) else { throw FileStoreError("head") }
            self.format = format
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Octets at `offset`; fewer than `count` only at the end. Blocks.
    ///
    /// - Throws: `FileStoreError` for what is not as it was sealed.
    public func read(at offset: Int, count: Int) throws -> [UInt8] {
        let end = min(format.size, offset + max(count, 0))
        var octets: [UInt8] = []
        var at = offset
        while at < end {
            let block = at / SealedFormat.blockSize
            let range = format.sealedRange(of: block)
            let sealed = try Self.read(descriptor, at: range.lowerBound, count: range.count)
            guard let content = format.open(sealed, block: block) else { throw FileStoreError("open block") }
            let start = format.contentRange(of: block).lowerBound
            let wanted = at - start..<min(end - start, content.count)
            octets += content[wanted]
            at = start + wanted.upperBound
        }
        return octets
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) throws(FileStoreError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw FileStoreError("read", errno: failure) }
        return bytes
    }
}
