// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import UVRuntime

/// A directory of one test, removed with its content.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/mve-media-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.empty(path)
        rmdir(path)
    }

    private static func empty(_ path: String) {
        for name in names(in: path) where unlink(path + "/" + name) != 0 {
            empty(path + "/" + name)
            rmdir(path + "/" + name)
        }
    }

    private static func names(in path: String) -> [String] {
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

    /// Paths of all files, relative.
    var files: [String] { Self.files(below: path).sorted() }

    private static func files(below path: String) -> [String] {
        names(in: path).flatMap { name in
            var information = stat()
            lstat(path + "/" + name, &information)
            return information.st_mode & S_IFMT == S_IFDIR
                ? files(below: path + "/" + name).map { name + "/" + $0 } : [name]
        }
    }

    func read(_ name: String) -> [UInt8] {
        guard let file = fopen(path + "/" + name, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 22)
        return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
    }

    func write(_ name: String, _ bytes: [UInt8]) {
        guard let file = fopen(path + "/" + name, "w") else { preconditionFailure("not written") }
        defer { fclose(file) }
        precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count, "not written")
    }

    /// Makes everything look as if it had been written so many seconds ago.
    func age(_ names: [String], seconds: Int) {
        for name in names {
            let then = timespec(tv_sec: time(nil) - seconds, tv_nsec: 0)
            utimensat(AT_FDCWD, path + "/" + name, [then, then], 0)
        }
    }
}

extension FormPart {
    /// A part as a form in memory gives it.
    static func sample(_ octets: [UInt8]) throws -> FormPart {
        let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x.jpg\"\r\n\r\n"
        let parts = try FormPart.parts(
            of: Array(head.utf8) + octets + Array("\r\n--b--\r\n".utf8), contentType: "multipart/form-data; boundary=b")
        return parts[0]
    }
}

/// Runs on a loop of its own.
func onLoop<Value: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Value) async throws -> Value {
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let result: Result<Value, any Error>
    do {
        result = .success(try await loop.run { try await body(loop) })
    } catch {
        result = .failure(error)
    }
    await group.shutdown()
    return try result.get()
}
