// SPDX-License-Identifier: Apache-2.0
public import MarketCore

extension StoredAnswer {
    /// The fields as the key row stores them: per field two lengths of 16 bits, big-endian, then name and value.
    public var fieldBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.reduce(0) { $0 + 4 + $1.name.utf8.count + $1.value.utf8.count })
        for field in fields {
            for count in [field.name.utf8.count, field.value.utf8.count] {
                bytes.append(UInt8(count >> 8 & 0xFF))
                bytes.append(UInt8(count & 0xFF))
            }
            bytes.append(contentsOf: field.name.utf8)
            bytes.append(contentsOf: field.value.utf8)
        }
        return bytes
    }

    /// Reads what `fieldBytes` wrote; nil for anything else.
    public init?(status: Int, fieldBytes bytes: [UInt8], body: [UInt8]) {
        var fields: [Field] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let at = rest.startIndex
            let name = Int(rest[at]) << 8 | Int(rest[at + 1])
            let value = Int(rest[at + 2]) << 8 | Int(rest[at + 3])
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
