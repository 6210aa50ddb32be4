// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation

/// Where values come from: the command line, then the environment, then `.env`; the first that has a key wins.
public struct ConfigurationSources: Sendable {
    /// A place that values come from.
    struct Source: Sendable {
        let name: String
        let provider: EnvironmentVariablesProvider
    }

    let sources: [Source]
    /// Names set anywhere, for the check of unknown ones.
    let names: [(name: String, source: String)]
    /// What could not be read.
    let problems: [ConfigurationError.Problem]
    /// Relative paths in values are relative to this.
    let workingDirectory: String

    /// Reads them.
    ///
    /// - Parameters:
    ///   - overrides: by key, from the command line.
    ///   - environment: nil is that of this process.
    ///   - workingDirectory: absolute, nil is that of this process; `.env` is read there when there is one.
    public init(
        overrides: [String: String] = [:], environment: [String: String]? = nil, workingDirectory: String? = nil
    ) {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let workingDirectory = workingDirectory ?? FileManager.default.currentDirectoryPath
        var file = EnvironmentFile(values: [:], problems: [])
        let path = workingDirectory + "/.env"
        if FileManager.default.fileExists(atPath: path) {
            if let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) {
                file = EnvironmentFile(parsing: text)
            } else {
                file.problems = [.init(key: ".env", message: "cannot be read as UTF-8 text")]
            }
        }
        let all = [("command line", overrides), ("environment", environment), (".env", file.values)]
        sources = all.map { Source(name: $0.0, provider: EnvironmentVariablesProvider(environmentVariables: $0.1)) }
        names = all.flatMap { source, values in values.keys.sorted().map { ($0, source) } }
        problems = file.problems
        self.workingDirectory = workingDirectory
    }

    /// The first value of a key that is not empty; an empty one counts as absent, so `KEY=` in `.env` sets a default back.
    func value(_ key: String) throws -> (value: String, source: String)? {
        for source in sources {
            guard let value = try source.provider.environmentValue(forName: key) else { continue }
            return value.isEmpty ? nil : (value, source.name)
        }
        return nil
    }
}

/// The text of a `.env` file.
///
/// - Shape: `KEY=value` lines; `#` begins a comment line; `export ` before the key is allowed; single or double quotes
///   around the whole value are taken off, and nothing in it is expanded. The last of two equal keys wins.
struct EnvironmentFile: Sendable {
    var values: [String: String]
    var problems: [ConfigurationError.Problem]

    init(values: [String: String], problems: [ConfigurationError.Problem]) {
        self.values = values
        self.problems = problems
    }

    init(parsing text: String) {
        self.init(values: [:], problems: [])
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var line = raw.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = String(line.dropFirst("export ".count)) }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts[0].trimmingCharacters(in: .whitespaces)
            let isName = key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
            guard parts.count == 2, isName else {
                problems.append(.init(key: ".env line \(index + 1)", message: "is not of the form KEY=value"))
                continue
            }
            values[key] = Self.unquoted(parts[1].trimmingCharacters(in: .whitespaces))
        }
    }

    private static func unquoted(_ value: String) -> String {
        for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
            return String(value.dropFirst().dropLast())
        }
        return value
    }
}
