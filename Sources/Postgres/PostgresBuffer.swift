// SPDX-License-Identifier: Apache-2.0

/// Bytes in the making, in the network's byte order.
public struct PostgresBuffer: Sendable {
    @usableFromInline var bytes: [UInt8] = []

    @inlinable
    init() {}

    /// Bytes written so far.
    @inlinable
    public var count: Int { bytes.count }

    /// Appends an integer, most significant byte first.
    @inlinable
    public mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends raw bytes.
    @inlinable
    public mutating func write(bytes more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Overwrites four bytes written before.
    @inlinable
    mutating func patch(_ value: Int32, at offset: Int) {
        let unsigned = UInt32(bitPattern: value)
        bytes[offset] = UInt8(truncatingIfNeeded: unsigned >> 24)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: unsigned >> 16)
        bytes[offset + 2] = UInt8(truncatingIfNeeded: unsigned >> 8)
        bytes[offset + 3] = UInt8(truncatingIfNeeded: unsigned)
    }
}
