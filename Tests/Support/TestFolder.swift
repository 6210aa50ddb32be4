// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A directory of one test, removed with its content.
public final class TestFolder: Sendable {
    /// Where it is, once something is in it.
    public let path: String

    /// Names one; whoever writes into it makes it.
    public init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("mve-goods-\(UUID().uuidString)").path
    }

    deinit {
        // It may never have been made.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Paths of all files, relative.
    public var files: [String] {
        let below = FileManager.default.enumerator(atPath: path)?.allObjects.compactMap { $0 as? String } ?? []
        return below.filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }
}
