// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Which build this is.
public enum BuildVersion {
    /// Semantic version of the API and the server.
    public static let number = "0.1.0"

    /// The commit that the program was built from, as whoever built it left it beside the program, in `mve.commit`; nil where
    /// there is no such file, or it names none.
    public static let commit = commit(beside: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path)

    static func commit(beside program: String) -> String? {
        guard let data = FileManager.default.contents(atPath: program + ".commit") else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.wholeMatch(of: /[0-9a-f]{40}/) == nil ? nil : text
    }
}
