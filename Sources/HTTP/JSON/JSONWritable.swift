// SPDX-License-Identifier: Apache-2.0

/// A value that writes itself as one JSON value.
///
/// ```swift
/// extension Money: JSONWritable {
///     public func write(to json: inout JSONWriter) {
///         json.object { json in
///             json.field("amount", minorUnits)
///             json.field("currency", currency.code)
///         }
///     }
/// }
/// ```
public protocol JSONWritable {
    /// Writes exactly one value.
    func write(to json: inout JSONWriter)
}

extension JSONWritable {
    /// The value as JSON octets.
    public func jsonBytes(capacity: Int = 256) -> [UInt8] {
        var json = JSONWriter(capacity: capacity)
        write(to: &json)
        return json.bytes
    }
}

extension String: JSONWritable {
    /// Writes a string.
    @inlinable
    public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Bool: JSONWritable {
    /// Writes `true` or `false`.
    @inlinable
    public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Int: JSONWritable {
    /// Writes an integer.
    @inlinable
    public func write(to json: inout JSONWriter) { json.value(Int64(self)) }
}

extension Int64: JSONWritable {
    /// Writes an integer.
    @inlinable
    public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Int32: JSONWritable {
    /// Writes an integer.
    @inlinable
    public func write(to json: inout JSONWriter) { json.value(Int64(self)) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    /// Writes the value, or `null`.
    @inlinable
    public func write(to json: inout JSONWriter) {
        if let self { self.write(to: &json) } else { json.null() }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    /// Writes an array of the elements in order.
    @inlinable
    public func write(to json: inout JSONWriter) {
        json.array { json in
            for element in self { element.write(to: &json) }
        }
    }
}
