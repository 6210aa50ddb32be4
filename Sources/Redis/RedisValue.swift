// SPDX-License-Identifier: Apache-2.0
internal import CHiredis

/// A reply of Redis (RESP 2), copied out of the client library.
public enum RedisValue: Sendable, Equatable {
    /// No such key, or an empty blocking reply.
    case null
    /// A signed 64-bit number.
    case integer(Int64)
    /// A short text such as `OK`.
    case status(String)
    /// Bytes, of any content.
    case bytes([UInt8])
    /// An error inside an array (`EXEC`); an error that is the whole reply is thrown as `RedisError.server`.
    case error(String)
    /// Replies in order; nested at most as deep as hiredis reads (7).
    case array([RedisValue])

    /// The bytes of a `.bytes` reply, else nil.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The number of an `.integer` reply, else nil.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    init(_ reply: UnsafePointer<redisReply>) {
        switch reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = .integer(reply.pointee.integer)
        case REDIS_REPLY_STRING: self = .bytes(Self.copy(reply))
        case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.copy(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = .error(String(decoding: Self.copy(reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            var values: [RedisValue] = []
            values.reserveCapacity(reply.pointee.elements)
            for index in 0..<reply.pointee.elements {
                if let element = reply.pointee.element[index] { values.append(RedisValue(element)) }
            }
            self = .array(values)
        default: self = .null
        }
    }

    private static func copy(_ reply: UnsafePointer<redisReply>) -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len))
    }
}
