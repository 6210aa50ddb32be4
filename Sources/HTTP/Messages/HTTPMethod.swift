// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A request method. Methods are case-sensitive; one that is not listed is answered with 501.
public enum HTTPMethod: String, Sendable, CaseIterable {
    /// Reads; HEAD is answered by its route.
    case get = "GET"
    /// Reads without the body of the answer.
    case head = "HEAD"
    /// Creates or acts.
    case post = "POST"
    /// Replaces or updates.
    case put = "PUT"
    /// Changes a part.
    case patch = "PATCH"
    /// Removes.
    case delete = "DELETE"
    /// Asks for the allowed methods.
    case options = "OPTIONS"

    /// Whether the method changes nothing (RFC 9110 §9.2.1).
    public var isSafe: Bool { self == .get || self == .head || self == .options }

    /// The method named by exactly these octets.
    init?(_ name: UnsafeBufferPointer<UInt8>) {
        func matches(_ method: StaticString) -> Bool {
            memcmp(method.utf8Start, name.baseAddress ?? method.utf8Start, name.count) == 0
        }
        switch name.count {
        case 3 where matches("GET"): self = .get
        case 3 where matches("PUT"): self = .put
        case 4 where matches("POST"): self = .post
        case 4 where matches("HEAD"): self = .head
        case 5 where matches("PATCH"): self = .patch
        case 6 where matches("DELETE"): self = .delete
        case 7 where matches("OPTIONS"): self = .options
        default: return nil
        }
    }
}
