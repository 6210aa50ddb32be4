// SPDX-License-Identifier: Apache-2.0

/// The parameters of one call, in binary form in one buffer.
///
/// Batch writers fill it column by column; `reserve` first to allocate once.
public struct PostgresParameters: Sendable {
    @usableFromInline var buffer = PostgresBuffer()
    @usableFromInline var slots: [Slot] = []

    @usableFromInline
    struct Slot: Sendable {
        @usableFromInline let type: PostgresType
        @usableFromInline let offset: Int
        /// -1 for NULL.
        @usableFromInline let length: Int

        @inlinable
        init(type: PostgresType, offset: Int, length: Int) {
            self.type = type
            self.offset = offset
            self.length = length
        }
    }

    /// No parameters yet.
    @inlinable
    public init() {}

    init(_ values: [any PostgresEncodable]) {
        slots.reserveCapacity(values.count)
        for value in values { append(value) }
    }

    /// Makes room for what is going to be appended.
    @inlinable
    public mutating func reserve(parameters: Int, bytes: Int) {
        slots.reserveCapacity(parameters)
        buffer.reserve(bytes)
    }

    /// Parameters appended so far; at most 65,535 can be sent.
    @inlinable
    public var count: Int { slots.count }

    /// Bytes of all values.
    @inlinable
    public var byteCount: Int { buffer.count }

    /// Appends the next parameter, `$1` first.
    @inlinable
    public mutating func append<Value: PostgresEncodable>(_ value: Value) {
        let offset = buffer.count
        let present = value.encode(into: &buffer)
        slots.append(Slot(type: Value.postgresType, offset: offset, length: present ? buffer.count - offset : -1))
    }

    /// Appends an array parameter with one element per item, without an array in between.
    @inlinable
    public mutating func appendArray<Items: Collection, Value: PostgresScalar>(
        _ items: Items, _ value: (Items.Element) -> Value
    ) {
        let offset = buffer.count
        var writer = PostgresArrayWriter(element: Value.postgresScalarType, count: items.count, into: &buffer)
        for item in items { writer.append(value(item), into: &buffer) }
        writer.finish(into: &buffer)
        slots.append(Slot(type: Value.postgresArrayType, offset: offset, length: buffer.count - offset))
    }

    /// Appends an array parameter in which nil becomes NULL, without an array in between.
    @inlinable
    public mutating func appendOptionalArray<Items: Collection, Value: PostgresScalar>(
        _ items: Items, _ value: (Items.Element) -> Value?
    ) {
        let offset = buffer.count
        var writer = PostgresArrayWriter(element: Value.postgresScalarType, count: items.count, into: &buffer)
        for item in items {
            if let one = value(item) {
                writer.append(one, into: &buffer)
            } else {
                writer.appendNull(into: &buffer)
            }
        }
        writer.finish(into: &buffer)
        slots.append(Slot(type: Value.postgresArrayType, offset: offset, length: buffer.count - offset))
    }

    /// The C arrays that libpq wants: values, lengths, formats (all binary). Valid during `body`.
    func withPointers<Value>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Value
    ) -> Value {
        if slots.isEmpty { return body(0, nil, nil, nil) }
        let count = slots.count
        return buffer.withBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                    for (index, slot) in slots.enumerated() {
                        let value: UnsafePointer<CChar>? =
                            if slot.length < 0 {
                                nil
                            } else if let base = bytes.baseAddress {
                                (base + slot.offset).assumingMemoryBound(to: CChar.self)
                            } else {
                                // An empty value is not NULL: any address will do for no bytes.
                                UnsafePointer(bitPattern: 1)
                            }
                        (values.baseAddress! + index).initialize(to: value)
                        numbers[index] = Int32(truncatingIfNeeded: max(slot.length, 0))
                        numbers[count + index] = 1
                    }
                    let lengths = numbers.baseAddress!
                    return body(
                        Int32(count), UnsafePointer(values.baseAddress), UnsafePointer(lengths),
                        UnsafePointer(lengths + count))
                }
            }
        }
    }
}
