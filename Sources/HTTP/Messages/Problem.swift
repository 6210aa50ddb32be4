// SPDX-License-Identifier: Apache-2.0

/// An error as the client sees it (RFC 9457): thrown by a handler, it becomes the answer.
///
/// ```swift
/// extension Problem.Kind {
///     static let insufficientStock = Problem.Kind("insufficient-stock", .conflict, "Insufficient stock")
/// }
/// throw Problem(
///     .insufficientStock, detail: "1 of 3 lines cannot be reserved.",
///     errors: [.init(pointer: "/lines/1", code: "insufficient-stock", message: "2 requested, 1 available",
///                    members: [("variant_id", .string(id)), ("requested", 2), ("available", 1)])])
/// throw Problem(.overloaded, headers: [.retryAfter(seconds: 1)])
/// ```
/// Texts are for the sender: never SQL, secrets, stack or file paths. Any other error that a handler throws becomes a
/// bare 500 with the request id.
public struct Problem: Error, Sendable {
    /// A stable code with its status and title; contexts add their own as static constants.
    public struct Kind: Hashable, Sendable {
        /// The stable code: lower-case words and hyphens, the last part of the type URI.
        public let code: String
        /// The status of the answer.
        public let status: HTTPStatus
        /// A short title, the same for every occurrence.
        public let title: String

        /// A kind of problem.
        public init(_ code: String, _ status: HTTPStatus, _ title: String) {
            self.code = code
            self.status = status
            self.title = title
        }
    }

    /// One fault of several: a wrong field, a line that is short.
    public struct Item: Sendable {
        /// The JSON pointer of the place in the request body; nil where there is none.
        public var pointer: String?
        /// A stable code.
        public var code: String
        /// For a human.
        public var message: String
        /// Further members.
        public var members: [(String, Value)]

        /// One fault.
        public init(pointer: String? = nil, code: String, message: String, members: [(String, Value)] = []) {
            self.pointer = pointer
            self.code = code
            self.message = message
            self.members = members
        }
    }

    /// The value of a further member.
    public enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
        /// A string.
        case string(String)
        /// An integer.
        case int(Int64)
        /// A boolean.
        case bool(Bool)
        /// Strings in order.
        case strings([String])
        /// Ready-made JSON, one whole value.
        case raw([UInt8])
        /// `null`
        case null

        /// A string.
        public init(stringLiteral value: String) { self = .string(value) }
        /// An integer.
        public init(integerLiteral value: Int64) { self = .int(value) }
        /// A boolean.
        public init(booleanLiteral value: Bool) { self = .bool(value) }
    }

    /// Code, status and title.
    public var kind: Kind
    /// What is special about this occurrence.
    public var detail: String?
    /// Its single faults.
    public var errors: [Item]
    /// Further members of the document, beside the standard ones.
    public var members: [(String, Value)]
    /// Further header fields (Retry-After, WWW-Authenticate, Allow …).
    public var headers: [HTTPHeader]
    /// Whether the connection ends after the answer.
    public var closesConnection: Bool

    /// A problem of the given kind.
    public init(
        _ kind: Kind, detail: String? = nil, errors: [Item] = [], members: [(String, Value)] = [],
        headers: [HTTPHeader] = [], closesConnection: Bool = false
    ) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.members = members
        self.headers = headers
        self.closesConnection = closesConnection
    }

    /// The status of the answer.
    public var status: HTTPStatus { kind.status }
}

extension HTTPHeader {
    /// `Retry-After` in whole seconds.
    public static func retryAfter(seconds: Int) -> HTTPHeader { HTTPHeader("Retry-After", "\(seconds)") }
    /// `WWW-Authenticate`, which every 401 carries.
    public static func authenticate(_ challenge: String) -> HTTPHeader { HTTPHeader("WWW-Authenticate", challenge) }
}
