// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Bytes in the making, in the network's byte order.
public struct PostgresBuffer: Sendable {
    // Longer than what is written, and zeros behind it: an integer is one store where there is room, while appending to an
    // array costs several times that, and a batch of orders has thousands.
    @usableFromInline var room: [UInt8] = []
    @usableFromInline var written = 0

    @inlinable
    init() {}

    /// Bytes written so far.
    @inlinable
    public var count: Int { written }

    /// Appends an integer, most significant byte first.
    @inlinable
    public mutating func write<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
        let place = written
        extend(by: MemoryLayout<Integer>.size)
        room.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: place, as: Integer.self) }
    }

    /// Appends raw bytes.
    @inlinable
    public mutating func write(bytes more: some Sequence<UInt8>) {
        let isDone: Void? = more.withContiguousStorageIfAvailable { write($0) }
        if isDone == nil { Array(more).withUnsafeBufferPointer { write($0) } }
    }

    @usableFromInline
    mutating func write(_ more: UnsafeBufferPointer<UInt8>) {
        let place = written
        extend(by: more.count)
        room.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[place...]).copyMemory(from: .init(more))
        }
    }

    /// Overwrites four bytes written before.
    @inlinable
    mutating func patch(_ value: Int32, at offset: Int) {
        precondition(offset >= 0 && offset &+ 4 <= written)
        room.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self) }
    }

    /// Makes room for `bytes` in all.
    @usableFromInline
    mutating func reserve(_ bytes: Int) {
        guard room.count < bytes else { return }
        room = [UInt8](unsafeUninitializedCapacity: bytes) { larger, count in
            let target = UnsafeMutableRawBufferPointer(larger)
            withBytes { target.copyMemory(from: $0) }
            memset(target.baseAddress! + written, 0, bytes - written)
            count = bytes
        }
    }

    /// Lends what was written.
    func withBytes<Result>(_ use: (UnsafeRawBufferPointer) -> Result) -> Result {
        room.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[..<written])) }
    }

    @inlinable
    @inline(__always)
    mutating func extend(by bytes: Int) {
        let end = written &+ bytes
        if end > room.count { grow(to: end) }
        written = end
    }

    @usableFromInline
    @inline(never)
    mutating func grow(to bytes: Int) {
        // Most calls have a few numbers.
        reserve(max(bytes, room.count * 2, 64))
    }
}
