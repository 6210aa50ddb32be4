// SPDX-License-Identifier: Apache-2.0

/// The values in force, for people (`mve config`).
public struct ConfigurationReport: Sendable, CustomStringConvertible {
    /// One key.
    public struct Line: Sendable, Equatable {
        /// The key.
        public let key: String
        /// As it was written, or how the default reads; masked where it is secret.
        public let value: String
        /// `command line`, `environment`, `.env` or `default`.
        public let source: String

        init(key: String, value: String, source: String, isSecret: Bool) {
            self.key = key
            self.value = isSecret ? "********" : Self.withoutPassword(value)
            self.source = source
        }

        /// URLs with the password between user and host masked, for `DATABASE_URL`, `DATABASE_REPLICA_URLS` and `REDIS_URL`.
        static func withoutPassword(_ value: String) -> String {
            var result = ""
            var rest = value[...]
            while let scheme = rest.firstRange(of: "://") {
                result += rest[..<scheme.upperBound]
                rest = rest[scheme.upperBound...]
                let authority = rest.prefix { $0 != "/" && $0 != "?" }
                if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
                    result += authority[...colon] + "********"
                    rest = rest[at...]
                }
            }
            result += rest
            // libpq takes it as a parameter too, in a URI or in key=value form.
            return result.replacing(/(?i)\b(password\s*=\s*)('[^']*'|[^&\s]*)/) { $0.output.1 + "********" }
        }
    }

    /// In the order of the table in README.md.
    public let lines: [Line]

    /// Makes a report of a configuration.
    public init(_ configuration: AppConfiguration) {
        lines = configuration.report
    }

    /// `KEY=value  # source`, aligned.
    public var description: String {
        let entries = lines.map { ("\($0.key)=\($0.value)", $0.source) }
        let width = min(entries.map(\.0.count).max() ?? 0, 72)
        return entries.map { entry, source in
            entry + String(repeating: " ", count: max(0, width - entry.count)) + "  # " + source
        }.joined(separator: "\n")
    }
}
