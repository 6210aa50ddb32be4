// SPDX-License-Identifier: Apache-2.0

/// The text of a statement: a literal, so that values cannot slip into it.
///
/// Literals are told apart by their address, which makes the look-up of a prepared statement cheap. Text put together
/// at run time goes through `init(text:)`, which is easy to search for.
public struct PostgresSQL: Sendable, Hashable, ExpressibleByStringLiteral {
    private enum Form {
        case literal(StaticString)
        case text(String)
    }

    private let form: Form

    /// Wraps a literal.
    public init(stringLiteral value: StaticString) {
        form = value.hasPointerRepresentation ? .literal(value) : .text(value.description)
    }

    /// Wraps text made at run time; never put values into it.
    public init(text: String) {
        form = .text(text)
    }

    /// The statement itself.
    public var text: String {
        switch form {
        case .literal(let value): value.description
        case .text(let value): value
        }
    }

    func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
        switch form {
        case .literal(let value):
            // The compiler ends literals with a zero byte.
            UnsafeRawPointer(value.utf8Start).withMemoryRebound(
                to: CChar.self, capacity: value.utf8CodeUnitCount + 1, body)
        case .text(let value): value.withCString(body)
        }
    }

    /// Literals are equal by address, texts by content.
    public static func == (left: PostgresSQL, right: PostgresSQL) -> Bool {
        switch (left.form, right.form) {
        case (.literal(let one), .literal(let other)):
            one.utf8Start == other.utf8Start && one.utf8CodeUnitCount == other.utf8CodeUnitCount
        case (.text(let one), .text(let other)): one == other
        default: false
        }
    }

    /// Agrees with `==`.
    public func hash(into hasher: inout Hasher) {
        switch form {
        case .literal(let value): hasher.combine(UInt(bitPattern: value.utf8Start))
        case .text(let value): hasher.combine(value)
        }
    }
}
