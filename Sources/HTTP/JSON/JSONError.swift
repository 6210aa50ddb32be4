// SPDX-License-Identifier: Apache-2.0

/// Why octets are not the JSON this server accepts.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong.
    public enum Reason: String, Sendable {
        /// Nothing but white space.
        case empty = "no value"
        /// The text ends inside a value.
        case truncated = "ends inside a value"
        /// An octet that cannot stand here, a trailing comma and a byte order mark included.
        case unexpectedOctet = "unexpected octet"
        /// Something follows the value.
        case trailingGarbage = "octets after the value"
        /// A number with a leading zero, a lone sign or a missing digit.
        case malformedNumber = "malformed number"
        /// A control character inside a string, or an escape that RFC 8259 does not know.
        case malformedString = "malformed string"
        /// Octets that are not well-formed UTF-8.
        case invalidUTF8 = "invalid UTF-8"
        /// Half of an escaped surrogate pair.
        case loneSurrogate = "lone surrogate"
        /// Two members of one object with the same name.
        case duplicateMember = "duplicate member"
        /// More nested containers than allowed.
        case tooDeep = "nested too deeply"
        /// More than 4 GiB.
        case tooLong = "too long"
    }

    /// What was wrong.
    public let reason: Reason
    /// Where: octets from the start.
    public let offset: Int

    /// Safe to show to the sender: says what and where, quotes nothing.
    public var description: String { "\(reason.rawValue) at octet \(offset)" }
}
