// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCrypto
import MarketHTTP
import Media
import UVRuntime

/// Removes pictures that were never used, and published files that no row names: for the process that leads.
///
/// Nothing depends on it but the size of the disk. A step a minute looks at a few of the 65,536 folders; a round takes some hours.
///
/// - Isolation: an actor on the process's first loop.
final actor MediaSweep: LoopActor {
    /// Those of some files that a row of one context names.
    typealias Use = @Sendable ([Digest256]) async throws -> Set<Digest256>

    /// Removes some rows of pictures of one context that were not used in time; how many.
    typealias Removal = @Sendable () async throws -> Int

    /// Those of some sealed files that a row names.
    typealias SealedUse = @Sendable ([PrivateFile]) async throws -> Set<PrivateFile>

    nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let files: FileStore
    private let removals: [Removal]
    /// Of every context that publishes files: what none of them names is nobody's.
    private let uses: [Use]
    /// nil: sealed files are left alone.
    private let sealed: SealedUse?
    private let logger: Logger
    private var folder = 0
    private var due: UInt64 = 0
    private var isRunning = false

    /// Between two steps.
    static let pause: Duration = .seconds(60)
    /// Folders of a step: a round of all takes 17 hours.
    static let foldersPerStep = 64
    /// Seconds in which a file is nobody's orphan: twice as long as an unused picture waits for a product.
    static let ageMin = 48 * 3600
    /// Batches of rows of a context in one step, so that a flood of them does not keep the loop's connections.
    static let batchesMax = 20

    /// Makes a sweep whose first step is due at once.
    init(
        loop: EventLoop, files: FileStore, removals: [Removal], uses: [Use], sealed: SealedUse? = nil,
        logger: Logger
    ) {
        executor = loop
        self.loop = loop
        self.files = files
        self.removals = removals
        self.uses = uses
        self.sealed = sealed
        self.logger = logger
    }

    /// Makes a step if a minute has passed since the last; for a timer.
    func stepWhenDue() async {
        guard loop.now >= due, !isRunning else { return }
        due = loop.now &+ Self.pause.wholeMilliseconds &* 1_000_000
        isRunning = true
        defer { isRunning = false }
        do {
            let rows = try await removeRows()
            let gone = try await sweep(folders: Self.foldersPerStep, age: Self.ageMin)
            if rows + gone > 0 {
                logger.info("unused media are removed", metadata: ["images": "\(rows)", "files": "\(gone)"])
            }
        } catch {
            logger.warning("media were not swept", metadata: ["reason": "\(error)"])
        }
    }

    /// Removes the rows of pictures whose time is over; returns how many.
    func removeRows() async throws -> Int {
        var count = 0
        for remove in removals {
            for _ in 0..<Self.batchesMax {
                let gone = try await remove()
                count += gone
                if gone == 0 { break }
            }
        }
        return count
    }

    /// Looks at the next folders; returns how many files are gone.
    private func sweep(folders: Int, age: Int) async throws -> Int {
        var count = 0
        for _ in 0..<folders {
            count += try await sweep(folder: folder, age: age)
            folder = (folder + 1) % FileStore.sweepFolders
        }
        return count
    }

    /// Looks at one folder; returns how many of its files are gone.
    func sweep(folder: Int, age: Int) async throws -> Int {
        let uses = uses
        var count = try await files.sweepPublic(folder: folder, age: age, on: loop) { files in
            var used: Set<Digest256> = []
            for use in uses { used.formUnion(try await use(files)) }
            return used
        }
        if let sealed {
            count += try await files.sweepPrivate(folder: folder, age: age, on: loop, used: sealed)
        }
        return count
    }
}
