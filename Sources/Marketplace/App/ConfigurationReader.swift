// SPDX-License-Identifier: Apache-2.0

/// Takes values by key, checks them, and remembers what was wrong and what was read.
///
/// A wrong value is noted and the default used in its place, so that one start reports every problem. A struct without
/// I/O: the values come from `ConfigurationSources`.
struct ConfigurationReader {
    private let sources: ConfigurationSources
    private(set) var problems: [ConfigurationError.Problem]
    private(set) var report: [ConfigurationReport.Line] = []
    private var known: Set<String> = []

    init(_ sources: ConfigurationSources) {
        self.sources = sources
        problems = sources.problems
    }

    /// Reads a key.
    ///
    /// - Parameters:
    ///   - display: how the default is printed.
    ///   - isSecret: the value is never printed.
    ///   - mayHoldPassword: the value is printed with the password masked, and not at all where it cannot be read.
    ///   - parse: the value, or a sentence of the form "must be …" as the error.
    mutating func value<Value>(
        _ key: String, default fallback: Value, display: String, isSecret: Bool = false, mayHoldPassword: Bool = false,
        parse: (String) throws(ConfigurationSyntaxError) -> Value
    ) -> Value {
        known.insert(key)
        do {
            guard let found = try sources.value(key) else {
                report.append(.init(key: key, value: display, source: "default", isSecret: false))
                return fallback
            }
            report.append(.init(key: key, value: found.value, source: found.source, isSecret: isSecret))
            do {
                return try parse(found.value)
            } catch {
                let seen = isSecret || mayHoldPassword ? "" : ", not \"\(found.value)\""
                problem(key, error.expectation + seen + " (from \(found.source))")
                return fallback
            }
        } catch {
            problem(key, "cannot be read: \(error)")
            return fallback
        }
    }

    /// Notes a problem that involves several keys.
    mutating func problem(_ key: String, _ message: String) {
        problems.append(.init(key: key, message: message))
    }

    /// Refuses what begins like ours and is not: a misspelt key that changes nothing is worse than an error.
    mutating func refuseUnknown(prefix: String) {
        for (name, source) in sources.names where name.hasPrefix(prefix) && !known.contains(name) {
            let near = known.filter { $0.hasPrefix(prefix) }.sorted().joined(separator: ", ")
            problem(name, "is not a known key (from \(source)); known are \(near)")
        }
    }

    /// A whole number in a range.
    mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>, unit: String = "") -> Int {
        value(key, default: fallback, display: "\(fallback)") { text throws(ConfigurationSyntaxError) in
            guard let number = Int(text), range.contains(number), text.first != "+" else {
                throw .init("must be a whole number\(unit) from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    /// A power of two from 1 to 1024.
    mutating func shards(_ key: String, default fallback: Int) -> Int {
        value(key, default: fallback, display: "\(fallback)") { text throws(ConfigurationSyntaxError) in
            guard let number = Int(text), (1...1_024).contains(number), number.nonzeroBitCount == 1 else {
                throw .init("must be a power of two from 1 to 1024")
            }
            return number
        }
    }

    /// A text that may be absent.
    mutating func text(
        _ key: String, absent: String, isSecret: Bool = false, mayHoldPassword: Bool = false,
        check: (String) throws(ConfigurationSyntaxError) -> Void
    ) -> String? {
        value(key, default: nil, display: absent, isSecret: isSecret, mayHoldPassword: mayHoldPassword) {
            text throws(ConfigurationSyntaxError) -> String? in
            try check(text)
            return text
        }
    }
}

/// What a value should have been, as a sentence of the form "must be …".
struct ConfigurationSyntaxError: Error {
    let expectation: String

    init(_ expectation: String) {
        self.expectation = expectation
    }
}
