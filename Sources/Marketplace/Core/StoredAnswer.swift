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

    /// About what it takes in memory.
    public var byteCount: Int {
        fields.reduce(body.count + 256) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
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
