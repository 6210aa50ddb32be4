// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import MarketCrypto
public import UVRuntime

/// Removes files that no row names: of uploads that were not used, of transactions that failed, of processes that died.
extension FileStore {
    /// Folders looked at in one step.
    public static let sweepFolders = 0x10000

    /// Looks at one folder of public files.
    ///
    /// - Parameters:
    ///   - folder: 0…65,535.
    ///   - age: seconds in which nothing is an orphan: longer than an unused upload may wait for its use.
    ///   - used: of these files those that a row names, in any context.
    /// - Returns: files removed.
    public nonisolated(nonsending) func sweepPublic(
        folder: Int, age: Int, on loop: EventLoop, used: ([Digest256]) async throws -> Set<Digest256>
    ) async throws -> Int {
        let (media, limit) = (media, Int(time(nil)) - age)
        let names = try await loop.offload { media.names(inFolder: folder, olderThan: limit) }
        let digests = Set(names.compactMap { PublicFile.digest(in: $0) })
        let kept = digests.isEmpty ? [] : try await used(Array(digests))
        let orphans = names.filter { name in PublicFile.digest(in: name).map { !kept.contains($0) } ?? false }
        return try await remove(orphans, from: media, folder, limit, on: loop)
    }

    /// Looks at one folder of private files; as `sweepPublic`.
    public nonisolated(nonsending) func sweepPrivate(
        folder: Int, age: Int, on loop: EventLoop, used: ([PrivateFile]) async throws -> Set<PrivateFile>
    ) async throws -> Int {
        let (sealed, limit) = (sealed, Int(time(nil)) - age)
        let names = try await loop.offload { sealed.names(inFolder: folder, olderThan: limit) }
        let files = names.compactMap { PrivateFile($0) }
        let kept = files.isEmpty ? [] : try await used(files)
        return try await remove(files.filter { !kept.contains($0) }.map(\.name), from: sealed, folder, limit, on: loop)
    }

    private nonisolated(nonsending) func remove(
        _ names: [String], from store: StoreFolder, _ folder: Int, _ limit: Int, on loop: EventLoop
    ) async throws -> Int {
        try await loop.offload {
            var count = try store.removeDrafts(inFolder: folder, olderThan: limit)
            // Looked at once more under the folder's lock: what was sent again meanwhile stays.
            for name in names where try store.remove(name, ifOlderThan: limit) { count += 1 }
            return count
        }
    }
}
