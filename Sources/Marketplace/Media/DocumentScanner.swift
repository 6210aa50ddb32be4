// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// Looks through a document before it is kept: a virus scanner, where one is configured.
public protocol DocumentScanner: Sendable {
    /// What is to become of it.
    func verdict(on part: FormPart) async throws -> DocumentVerdict
}

/// What a scanner says.
public enum DocumentVerdict: Sendable, Equatable {
    /// Nothing was found.
    case clean
    /// It must not be kept.
    case refused
    /// The scanner does not answer: nothing is kept unseen.
    case unavailable
}
