// SPDX-License-Identifier: Apache-2.0
import Glibc
import MarketCrypto

@testable import HTTP

/// A directory for the uploads of one test, removed with its content.
final class UploadDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/mve-uploads-test-XXXXXX".utf8CString)
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

    /// What is there.
    var names: [String] { Self.names(in: path) }

    /// Descriptors of this process on what is there.
    var openCount: Int {
        Self.names(in: "/proc/self/fd").count { name in
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/" + name, &buffer, buffer.count)
            guard count > 0 else { return false }
            let target = buffer[..<count].map { UInt8(bitPattern: $0) }
            return String(decoding: target, as: UTF8.self).hasPrefix(path + "/")
        }
    }

    func makeFolder(_ name: String) { mkdir(path + "/" + name, 0o700) }

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

    func write(_ name: String, _ bytes: [UInt8] = [], age: Int = 0) {
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count, "not written")
        let then = timespec(tv_sec: time(nil) - age, tv_nsec: 0)
        futimens(descriptor, [then, then])
        close(descriptor)
    }

    func removeFolder(_ name: String) -> Bool { rmdir(path + "/" + name) == 0 }

    func read(_ name: String) -> [UInt8]? {
        let descriptor = open(path + "/" + name, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 22)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes[..<count])
    }

    func use(_ configuration: inout HTTPServerConfiguration) { configuration.spoolDirectory = path }
}

/// Requests with bodies of octets.
enum Upload {
    static let boundary = "multipart/form-data; boundary=bnd7q"

    static func request(_ path: String, _ body: [UInt8], _ lines: [String], method: String = "POST") -> [UInt8] {
        let head = ["\(method) \(path) HTTP/1.1", "Host: a", "Content-Length: \(body.count)"] + lines
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// The same in chunks of `size`.
    static func chunked(_ path: String, _ body: [UInt8], _ lines: [String], size: Int) -> [UInt8] {
        let head = ["POST \(path) HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"] + lines
        var out = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body[start..<min(start + size, body.count)]
            out += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A]
        }
        return out + Array("0\r\n\r\n".utf8)
    }

    static func multipart(_ path: String, _ parts: [[UInt8]], _ lines: [String] = []) -> [UInt8] {
        request(path, form(parts), ["Content-Type: \(boundary)"] + lines)
    }

    static func form(_ parts: [[UInt8]]) -> [UInt8] {
        parts.flatMap { Array("--bnd7q\r\n".utf8) + $0 + [0x0D, 0x0A] } + Array("--bnd7q--\r\n".utf8)
    }

    static func field(_ name: String, _ content: String) -> [UInt8] {
        Array("Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(content)".utf8)
    }

    static func file(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let head =
            "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(name).bin\"\r\nContent-Type: a/b\r\n\r\n"
        return Array(head.utf8) + content
    }

    /// Octets that are different everywhere and full of line ends and hyphens.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var numbers = SeededNumbers(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word = numbers.next()
            if word % 7 == 0 { bytes += [0x0D, 0x0A, 0x2D, 0x2D] }
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return Array(bytes.prefix(count))
    }

    /// Letters that shrink, but not like a bomb.
    static func letters(_ count: Int) -> [UInt8] { noise(count).map { 0x61 + $0 % 16 } }

    /// `name size digest place` of a part, as the routes of these tests tell it.
    static func line(_ name: String, _ content: [UInt8], _ place: String) -> String {
        "\(name) \(content.count) \(SHA256.hash(content).hex.prefix(16)) \(place)\n"
    }

    /// Tells what it got.
    static let tell = Route(.post, "/tell/", name: "tell", reads: .multipart()) { request in
        let lines = try request.multipart().map { part in
            "\(part.name) \(part.size) \(part.digest.hex.prefix(16)) \(part.file == nil ? "memory" : "disk")\n"
        }
        return .text(lines.joined())
    }
}
