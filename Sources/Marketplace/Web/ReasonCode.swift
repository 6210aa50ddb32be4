// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// Why somebody has decided against another: a code of the decider's choosing, to be counted by; the text beside it is for people.
///
/// The contract has no list of them. What desks usually choose from, documentation names as examples.
public enum ReasonCode {
    /// Characters.
    public static let length = 1...60
    /// What one looks like.
    public static let pattern = "^[a-z0-9_-]+$"

    /// Whether a text looks like one.
    public static func isOne(_ text: String) -> Bool {
        length.contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
            }
    }
}

extension JSONInput {
    /// The member `reason_code`.
    public mutating func reasonCode() -> String {
        parsed("reason_code", length: ReasonCode.length, placeholder: "") { ReasonCode.isOne($0) ? $0 : nil }
    }

    /// The same where it may be absent.
    public mutating func optionalReasonCode() -> String? {
        optionalParsed("reason_code", length: ReasonCode.length) { ReasonCode.isOne($0) ? $0 : nil }
    }
}

extension Schema {
    /// A reason's code.
    ///
    /// - Parameter usual: what is usually chosen from; the first is the example.
    public static func reasonCode(_ usual: [String]) -> Schema {
        string(length: ReasonCode.length, pattern: ReasonCode.pattern, example: usual.first ?? "other")
            .says("Any; usually one of \(usual.map { "`\($0)`" }.joined(separator: ", ")).")
    }
}
