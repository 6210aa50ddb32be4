// SPDX-License-Identifier: Apache-2.0
internal import MarketCrypto

/// How a private file stands on the disk.
///
/// ```
/// "MVE1" | key 8 | name 16 | size 8, big-endian | block*
/// ```
/// A block is up to 64 KiB of the content sealed by XChaCha20-Poly1305 under its own random nonce, bound to the whole head and
/// to its number. The head names the file and its length: a block that is changed, missing, moved, or taken from another
/// file does not open.
struct SealedFormat: Sendable {
    static let blockSize = 64 * 1024
    static let magic = Array("MVE1".utf8)
    static let headCount = magic.count + PrivateFileKeys.identifierByteCount + PrivateFile.nameByteCount + 8

    let head: [UInt8]
    let size: Int
    let box: SealedBox

    /// Of a new file.
    init(_ file: PrivateFile, size: Int, key: PrivateFileKeys.Key) {
        let length = (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }
        head = Self.magic + key.identifier + (Hex.decode(file.name) ?? []) + length
        self.size = size
        box = key.box
    }

    /// Of a head that was read; nil for another file's, a broken one, and one whose key is not known.
    init?(_ head: [UInt8], of file: PrivateFile, keys: PrivateFileKeys) {
        guard head.count == Self.headCount, head.starts(with: Self.magic) else { return nil }
        let key = Array(head[Self.magic.count...].prefix(PrivateFileKeys.identifierByteCount))
        guard let box = keys.box(key),
            Array(head.dropLast(8).suffix(PrivateFile.nameByteCount)) == Hex.decode(file.name)
        else { return nil }
        let size = head.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard size <= UInt64(Int.max / 2) else { return nil }
        self.head = head
        self.size = Int(size)
        self.box = box
    }

    /// Octets of the content in a block.
    func contentRange(of block: Int) -> Range<Int> {
        block * Self.blockSize..<min(size, (block + 1) * Self.blockSize)
    }

    /// Octets of the file that hold a block.
    func sealedRange(of block: Int) -> Range<Int> {
        let start = Self.headCount + block * (Self.blockSize + SealedBox.overhead)
        return start..<start + contentRange(of: block).count + SealedBox.overhead
    }

    func seal(_ content: [UInt8], block: Int) -> [UInt8] { box.seal(content, context: context(block)) }

    func open(_ sealed: [UInt8], block: Int) -> [UInt8]? { box.open(sealed, context: context(block)) }

    private func context(_ block: Int) -> [UInt8] {
        head + (0..<8).map { UInt8(truncatingIfNeeded: block >> (56 - 8 * $0)) }
    }
}
