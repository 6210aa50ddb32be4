// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A directory that goes with its last user.
public final class TemporaryDirectory: Sendable {
    /// Why a file could not be written.
    public struct Failed: Error {
        let path: String
        let code: Int32
    }

    /// Absolute.
    public let path: String

    /// Makes an empty one.
    public init() throws {
        var name = Array("/tmp/mve-tls-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw Failed(path: "/tmp", code: errno) }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            // What is no file is a directory that a program made for itself.
            if unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }

    /// Writes a file, in place of one that is there, readable for its owner alone; gives its path.
    public func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws -> String {
        let file = path + "/" + name
        let bytes = Array(text.utf8)
        unlink(file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failed(path: file, code: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failed(path: file, code: errno) }
        return file
    }
}
