// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// One step of the schema: a file `NNNN_name.sql`.
public struct PostgresMigration: Sendable, Hashable {
    /// 1…9999, from the file's name.
    public let version: Int32
    /// The rest of the file's name, without `.sql`.
    public let name: String
    /// The statements, without BEGIN and COMMIT.
    public let bytes: [UInt8]

    /// A file's limit; a migration is written by hand.
    public static let bytesMax = 4 << 20

    /// Makes a step from a file's name and contents.
    ///
    /// - Throws: `.migration` for a name that is not `NNNN_name.sql`, with four digits and at least 0001, or for contents
    ///   that are too large or hold a zero byte.
    public init(fileName: String, bytes: [UInt8]) throws(PostgresError) {
        let stem = fileName.utf8.dropLast(4)
        let digits = stem.prefix(4)
        guard fileName.hasSuffix(".sql"), digits.count == 4, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let version = Int32(String(digits) ?? ""), version > 0, stem.dropFirst(4).first == UInt8(ascii: "_"),
            let name = String(stem.dropFirst(5)), !name.isEmpty
        else {
            throw PostgresError(.migration, outcome: .notExecuted, "\(fileName) is not named NNNN_name.sql")
        }
        guard bytes.count <= Self.bytesMax, !bytes.contains(0) else {
            throw PostgresError(.migration, outcome: .notExecuted, "\(fileName) is too large or holds a zero byte")
        }
        self.version = version
        self.name = name
        self.bytes = bytes
    }

    /// Reads every `*.sql` of a directory, in order. It blocks: at start only, or on a worker thread.
    ///
    /// - Throws: `.migration` when the directory or a file cannot be read, or a version occurs twice.
    public static func read(directory: String) throws(PostgresError) -> [PostgresMigration] {
        guard let stream = opendir(directory) else { throw unreadable(directory) }
        defer { closedir(stream) }
        var migrations: [PostgresMigration] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") || !name.hasSuffix(".sql") { continue }
            migrations.append(try PostgresMigration(fileName: name, bytes: try contents("\(directory)/\(name)")))
        }
        return try sorted(migrations)
    }

    /// In order of version.
    ///
    /// - Throws: `.migration` when a version occurs twice.
    static func sorted(_ migrations: [PostgresMigration]) throws(PostgresError) -> [PostgresMigration] {
        let sorted = migrations.sorted { $0.version < $1.version }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.version == next.version {
            throw PostgresError(
                .migration, outcome: .notExecuted, "\(one.fileName) and \(next.fileName) share a version")
        }
        return sorted
    }

    var fileName: String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)_\(name).sql"
    }

    private static func contents(_ path: String) throws(PostgresError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 || bytes.count > bytesMax { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func unreadable(_ path: String) -> PostgresError {
        PostgresError(.migration, outcome: .notExecuted, "\(path): \(String(cString: strerror(errno)))")
    }
}
