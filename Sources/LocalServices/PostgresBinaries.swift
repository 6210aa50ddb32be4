// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Finds an installed PostgreSQL; Debian keeps each major version's programs in a directory of its own, off `PATH`.
enum PostgresBinaries {
    static let debian = "/usr/lib/postgresql"
    /// Older ones lack what the migrations use (`MERGE`, `security_invoker` views, `STRATEGY wal_log`).
    static let majorVersionMin = 15

    /// The directory of the programs for a cluster: its own major version, or the newest for one that is yet to be made.
    ///
    /// - Throws: `.programMissing` with what to install.
    static func directory(forCluster data: String) throws(LocalServiceError) -> String {
        let installed = installedMajorVersions()
        if let text = readSmallFile(data + "/PG_VERSION"), let version = Int(trimmed(text)) {
            if installed.contains(version) { return "\(debian)/\(version)/bin" }
            if let path = onPath() { return path }
            throw LocalServiceError(
                .programMissing, service: "postgres",
                message:
                    "the data in \(data) needs PostgreSQL \(version), which is not installed (postgresql-\(version))"
            )
        }
        if let newest = installed.last, newest >= majorVersionMin { return "\(debian)/\(newest)/bin" }
        if let path = onPath() { return path }
        throw LocalServiceError(
            .programMissing, service: "postgres",
            message: "PostgreSQL \(majorVersionMin) or newer is not installed; run scripts/setup, or set DATABASE_URL")
    }

    private static func installedMajorVersions() -> [Int] {
        guard let directory = opendir(debian) else { return [] }
        defer { closedir(directory) }
        var versions: [Int] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let version = Int(name), access("\(debian)/\(version)/bin/initdb", X_OK) == 0 {
                versions.append(version)
            }
        }
        return versions.sorted()
    }

    /// An installation outside Debian's layout; its `share` directory names no version, so a cluster of a known version
    /// takes it on trust and PostgreSQL itself refuses a wrong one.
    private static func onPath() -> String? {
        guard let initdb = ServiceCommand.find("initdb") else { return nil }
        return String(initdb.dropLast("/initdb".count))
    }
}
