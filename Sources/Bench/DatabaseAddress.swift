// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// Where the database of the measured server is.
enum DatabaseAddress {
    /// The option, or `DATABASE_URL`, or the private server below `MVE_DATA_DIR` (`var` unless set); nil when there is none.
    ///
    /// - Throws: `BenchError.usage` when the data directory cannot be used.
    static func find(_ option: String?, environment: [String: String]) throws -> String? {
        if let url = option ?? environment["DATABASE_URL"], !url.isEmpty { return url }
        let path = URL(fileURLWithPath: environment["MVE_DATA_DIR"] ?? "var").standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return LocalPostgres.url(database: LocalPostgres.name, in: try ServiceDirectory.prepare(below: path))
        } catch {
            throw BenchError.usage("\(error)")
        }
    }
}
