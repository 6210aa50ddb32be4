// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import HTTP

/// The inputs that fuzzing has found to reach something new, or to break something once: none may trap (scripts/fuzz).
///
/// The input stands in memory that ends at a forbidden page, as the sanitizer of the fuzzer would have it.
@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.allCases) func corpus(target: FuzzTarget) throws {
        let folder = Self.folder(target)
        let files = try Self.files(folder)
        #expect(!files.isEmpty, "\(folder) holds nothing: no input was tried")
        let guarded = GuardedBuffer(capacity: 64 * 1024)
        for file in files { guarded.with(try Self.octets(folder + "/" + file)) { target.run($0) } }
    }

    private static func folder(_ target: FuzzTarget) -> String {
        // Beside the sources, wherever the tests were built.
        var parts = #filePath.split(separator: "/").dropLast(2)
        parts += ["Corpora", Substring(target.rawValue)]
        return "/" + parts.joined(separator: "/")
    }

    private static func files(_ folder: String) throws -> [String] {
        let directory = try #require(opendir(folder), "\(folder) cannot be opened")
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { name in
                String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.utf8.first != UInt8(ascii: ".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func octets(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"), "\(path) cannot be opened")
        defer { fclose(file) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { octets += buffer[..<count] }
        return octets
    }
}
