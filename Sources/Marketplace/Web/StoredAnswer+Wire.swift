// SPDX-License-Identifier: Apache-2.0
public import MarketCore

extension StoredAnswer {
    /// The fields as the key row stores them: per field two lengths of 16 bits, big-endian, then name and value.
    public var fieldBytes: [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            let (name, value) = (Array(field.name.utf8), Array(field.value.utf8))
            for count in [name.count, value.count] { bytes += [UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] }
            bytes += name
            bytes += value
        }
        return bytes
    }

    /// Reads what `fieldBytes` wrote; nil for anything else.
    public init?(status: Int, fieldBytes bytes: [UInt8], body: [UInt8]) {
        var fields: [Field] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let head = Array(rest.prefix(4))
            let (name, value) = (Int(head[0]) << 8 | Int(head[1]), Int(head[2]) << 8 | Int(head[3]))
            rest = rest.dropFirst(4)
            guard rest.count >= name + value else { return nil }
            fields.append(
                Field(
                    name: String(decoding: rest.prefix(name), as: UTF8.self),
                    value: String(decoding: rest.dropFirst(name).prefix(value), as: UTF8.self)))
            rest = rest.dropFirst(name + value)
        }
        self.init(status: status, fields: fields, body: body)
    }
}
