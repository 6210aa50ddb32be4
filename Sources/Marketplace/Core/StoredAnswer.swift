// SPDX-License-Identifier: Apache-2.0

/// An answer as it is kept for an idempotency key and given again byte for byte.
public struct StoredAnswer: Hashable, Sendable {
    /// The most bytes of a body: a route that can exceed it takes no keys.
    public static let bodyByteCountMax = 1 << 20

    /// A header field of the answer.
    public struct Field: Hashable, Sendable {
        /// The name in lower case.
        public let name: String
        /// The value.
        public let value: String

        /// Makes a field; the name is given in lower case.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The status code.
    public let status: Int
    /// The fields that are replayed, in order.
    public let fields: [Field]
    /// The body before any content coding.
    public let body: [UInt8]

    /// Makes an answer.
    public init(status: Int, fields: [Field], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Whether an answer of `status` may be kept: the outcome of a handler that ran to a decision.
    ///
    /// A 403 is kept only when a domain rule said it; one of authentication never reaches this place.
    public static func isStorable(status: Int) -> Bool {
        switch status {
        case 200...299, 400, 402, 403, 404, 409, 410, 412, 422: true
        default: false
        }
    }
}

extension StoredAnswer {
    /// The fields as they are stored: one line `name: value` each.
    ///
    /// Names and values come from answers that were sendable, so neither holds a line feed.
    public var encodedFields: [UInt8] {
        fields.reduce(into: []) { bytes, field in
            bytes += Array(field.name.utf8) + [UInt8(ascii: ":"), UInt8(ascii: " ")]
            bytes += Array(field.value.utf8) + [UInt8(ascii: "\n")]
        }
    }

    /// Reads stored fields; nil when they are not in that form.
    public static func decodeFields(_ bytes: [UInt8]) -> [Field]? {
        var fields: [Field] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.index(after: colon) < line.endIndex,
                line[line.index(after: colon)] == UInt8(ascii: " ")
            else { return nil }
            fields.append(
                Field(
                    name: String(decoding: line[..<colon], as: UTF8.self),
                    value: String(decoding: line[(colon + 2)...], as: UTF8.self)))
        }
        return fields
    }
}
