// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A directory of one test, removed with its content.
final class SellersFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/mve-sellers-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.empty(path)
        rmdir(path)
    }

    /// How many files are there.
    var fileCount: Int { Self.files(path).count }

    /// Whether one of the files holds these octets in the clear.
    func holds(_ octets: [UInt8]) -> Bool {
        Self.files(path).contains { name in
            guard let file = fopen(name, "r") else { return false }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = fread(&bytes, 1, bytes.count, file)
            return bytes[..<count].firstRange(of: octets) != nil
        }
    }

    private static func files(_ path: String) -> [String] {
        names(path).flatMap { name -> [String] in
            let whole = path + "/" + name
            var information = stat()
            lstat(whole, &information)
            return information.st_mode & S_IFMT == S_IFDIR ? files(whole) : [whole]
        }
    }

    private static func empty(_ path: String) {
        for name in names(path) where unlink(path + "/" + name) != 0 {
            empty(path + "/" + name)
            rmdir(path + "/" + name)
        }
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
