// SPDX-License-Identifier: Apache-2.0

/// Everything that is wrong with the configuration, at once; the command line ends with exit code 2 on it.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// One wrong key.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The key, or the file and line where there is none.
        public let key: String
        /// What is wrong and what would be right; never the value of a secret.
        public let message: String

        /// `KEY: message`
        public var description: String { "\(key): \(message)" }
    }

    /// In the order of the keys' table, never empty.
    public let problems: [Problem]

    /// One line each.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
