// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Prometheus's own checks of what is written for it.
public enum Promtool {
    /// Checks an exposition; returns what is wrong with it, empty when nothing is.
    public static func check(metrics text: String) throws -> String {
        let (status, said) = try run(["check", "metrics"], input: text)
        return status == 0 && said.isEmpty ? "" : "\(status): \(said)"
    }

    /// Checks expressions of the query language; returns what is wrong with them, empty when nothing is.
    public static func check(expressions: [String]) throws -> String {
        // JSON's strings are YAML's as well, save for slashes with a backslash.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let rules = try expressions.enumerated().map { index, expression in
            let quoted = String(decoding: try encoder.encode(expression), as: UTF8.self)
            return "  - record: r\(index)\n    expr: \(quoted)\n"
        }
        let path = NSTemporaryDirectory() + "mve-rules-" + UUID().uuidString + ".yml"
        let text = "groups:\n- name: expressions\n  rules:\n" + rules.joined()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let (status, said) = try run(["check", "rules", path], input: "")
        try FileManager.default.removeItem(atPath: path)
        return status == 0 ? "" : "\(status): \(said)"
    }

    private static func run(_ arguments: [String], input text: String) throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = arguments
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}
