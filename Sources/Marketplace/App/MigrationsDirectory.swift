// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// Where the migration files are: in the current directory's `migrations`, or above the executable (a checkout's build folder).
enum MigrationsDirectory {
    static func find() throws -> String {
        var places = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath)]
        var place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<6 {
            places.append(place)
            place.deleteLastPathComponent()
        }
        for place in places {
            let candidate = place.appendingPathComponent("migrations").path
            if FileManager.default.fileExists(atPath: candidate + "/0001_platform.sql") { return candidate }
        }
        throw ServiceFailure(
            .directoryUnusable, service: "migrations", message: "no migrations directory here or above the executable")
    }
}
