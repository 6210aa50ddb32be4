// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
import MarketCore
public import MarketHTTP
public import Postgres
import Synchronization
import Tabular
public import UVRuntime

/// Works imports off, chunk by chunk, as jobs that any process may take.
///
/// A chunk is one transaction: its rows, its faults and where the file goes on. Whoever dies in it leaves nothing; whoever finds the
/// import elsewhere than it read has been overtaken and looks again. A job does some chunks and owes the next one before it ends.
///
/// - Isolation: call it on the pool's loop.
public struct ImportRunner: Sendable {
    /// The kind of the jobs that work.
    public static let kind = "import.run"
    /// The kind of the jobs that clear up.
    public static let expiryKind = "import.expire"
    /// How long a job goes on: within the lease of a job, so that nobody else takes it meanwhile.
    static let slice: Duration = .seconds(15)

    private let pool: PostgresPool
    private let files: TableFiles
    private let ports: ImportPorts
    private let clock: any LoopClock
    private let logger: Logger

    /// Binds it.
    public init(
        pool: PostgresPool, files: TableFiles, ports: ImportPorts, clock: any LoopClock, logger: Logger
    ) {
        self.pool = pool
        self.files = files
        self.ports = ports
        self.clock = clock
        self.logger = logger
    }

    /// What became of a step.
    enum Step: Sendable {
        /// There is more.
        case more
        /// Nothing is left to do.
        case ended
    }

    /// Does the work of a job.
    ///
    /// - Throws: what the database, the disk and the ports throw; the job is tried again.
    public func run(_ job: Job) async throws {
        try await work(on: try Self.id(of: job))
    }

    /// Ends the import of a job that is given up, whether it failed or its process died each time: nobody comes after it, and its
    /// sender is not left waiting.
    public func end(_ job: Job, after error: any Error) async throws {
        let id = try Self.id(of: job)
        logger.error("an import is given up", metadata: ["import": "\(id)", "reason": "\(error)"])
        try await giveUp(id, after: error)
    }

    private func work(on id: ImportID) async throws {
        let end = clock.now &+ Self.slice.wholeMilliseconds &* 1_000_000
        repeat {
            if case .ended = try await step(id) { return }
        } while clock.now < end
        guard let now = try await ImportStore.tableImport(id, in: pool) else { return }
        try await JobStore.owe(
            Self.kind, key: "\(id.rawValue):\(now.position.offset)", payload: ImportStore.payload(id), in: pool)
    }

    /// Removes an import whose time is over, with its file.
    public func expire(_ job: Job) async throws {
        let id = try Self.id(of: job)
        // The file first: a row without one is expired again, a file without a row would stay for ever.
        guard let gone = try await ImportStore.tableImport(id, in: pool) else { return }
        try await files.remove(gone.file)
        try await ImportStore.delete(id, in: pool)
    }

    private static func id(of job: Job) throws -> ImportID {
        ImportID(rawValue: try job.read { $0["id"]?.int64 })
    }

    /// Reads and applies one chunk.
    func step(_ id: ImportID) async throws -> Step {
        guard let job = try await ImportStore.tableImport(id, in: pool) else { return .ended }
        if job.state.isFinished {
            // Whoever ended it may have died before this.
            try await files.remove(job.file)
            return .ended
        }
        let chunk: ImportChunk
        do {
            chunk = try await ImportChunk.read(job) { try await files.read(job.file, at: $0, count: $1) }
        } catch let wrong as ImportChunk.WrongHeader {
            try await end(job, .init(code: "header-invalid", note: wrong.note))
            return .ended
        } catch let lost as ImportChunk.Lost {
            // Somebody else has ended it meanwhile, and removed the file.
            if let now = try await ImportStore.tableImport(id, in: pool), !now.state.isFinished { throw lost }
            return .ended
        }
        let applied: Applied?
        do {
            applied = try await apply(chunk, of: job)
        } catch is NotActive {
            try await end(job, .init(code: "seller-not-active", note: "The seller is not active any more."))
            return .ended
        }
        guard let applied else { return .more }
        if !job.isDryRun { await applied.tell() }
        guard chunk.isEnd else { return .more }
        try await files.remove(job.file)
        return .ended
    }

    /// A chunk's outcome.
    private struct Applied: Sendable {
        var faults: [NumberedFault]
        var rowsOK: Int
        /// Tells others of what changed, once that is committed.
        var tell: @Sendable () async -> Void
    }

    /// The seller may not change prices any more; nothing of the chunk is applied.
    private struct NotActive: Error {}

    /// The rows of a dry run, undone.
    private struct Undone: Error {
        let applied: Applied?
    }

    /// A chunk runs again that the database ended to resolve a deadlock with orders or edits.
    private static let options = PostgresTransactionOptions(retries: 3)

    /// - Returns: nil where somebody else has moved the import on meanwhile.
    private func apply(_ chunk: ImportChunk, of job: TableImport) async throws -> Applied? {
        guard job.isDryRun else {
            return try await pool.withTransaction(Self.options) { transaction in
                guard let current = try await current(job, in: transaction) else { return nil }
                let applied = try await rows(of: chunk, job, in: transaction)
                try await advance(current, chunk, applied, in: transaction)
                return applied
            }
        }
        let tried: Applied?
        do {
            tried = try await pool.withTransaction(Self.options) { transaction in
                throw Undone(applied: try await rows(of: chunk, job, in: transaction))
            }
        } catch let undone as Undone {
            tried = undone.applied
        }
        return try await pool.withTransaction { transaction in
            guard let tried, let current = try await current(job, in: transaction) else { return nil }
            try await advance(current, chunk, tried, in: transaction)
            return tried
        }
    }

    /// The import, locked, where it still stands where the chunk was read.
    private func current(_ job: TableImport, in transaction: PostgresTransaction) async throws -> TableImport? {
        guard let now = try await ImportStore.locked(job.id, in: transaction), !now.state.isFinished,
            now.position == job.position, now.header == job.header
        else { return nil }
        return now
    }

    private func advance(
        _ job: TableImport, _ chunk: ImportChunk, _ applied: Applied, in transaction: PostgresTransaction
    ) async throws {
        try await ImportStore.advance(
            job,
            by: .init(
                position: chunk.end, header: chunk.header, rowsOK: applied.rowsOK, faults: applied.faults,
                isEnd: chunk.isEnd), in: transaction)
    }

    private func rows(
        of chunk: ImportChunk, _ job: TableImport, in transaction: PostgresTransaction
    ) async throws -> Applied {
        if job.kind.needsActiveSeller {
            guard try await ports.isActive(job.owner.seller, transaction) else { throw NotActive() }
        }
        let (ports, kind, owner) = (ports, job.kind, job.owner)
        func changed(_ variants: [VariantID]) -> @Sendable () async -> Void {
            { if !variants.isEmpty { await ports.changed(kind, variants) } }
        }
        switch job.kind {
        case .stock:
            return try await Self.rows(of: chunk) { (row) throws(RowFault) in
                try row.stock()
            } apply: { rows in
                let outcome = try await ports.setStock(rows, owner, "\(job.id)", transaction)
                return (outcome.faults, changed(outcome.changed))
            }
        case .prices:
            return try await Self.rows(of: chunk) { (row) throws(RowFault) in
                try row.price()
            } apply: { rows in
                let outcome = try await ports.setPrices(rows, owner, "\(job.id)", transaction)
                return (outcome.faults, changed(outcome.changed))
            }
        case .products:
            return try await Self.rows(of: chunk) { (row) throws(RowFault) in
                try row.product()
            } apply: { rows in
                try await ports.products.apply(rows, owner, "\(job.id)", transaction)
            }
        }
    }

    private static func rows<Change: Sendable>(
        of chunk: ImportChunk, _ read: (RowReader) throws(RowFault) -> ImportRow<Change>,
        apply: ([ImportRow<Change>]) async throws -> (faults: [RowFault?], tell: @Sendable () async -> Void)
    ) async throws -> Applied {
        var applied = Applied(faults: [], rowsOK: 0, tell: {})
        var good: [(line: Int, row: ImportRow<Change>)] = []
        for row in chunk.rows {
            do throws(RowFault) {
                good.append((row.line, try read(try row.content.get())))
            } catch {
                applied.faults.append(NumberedFault(line: row.line, fault: error))
            }
        }
        guard !good.isEmpty else { return applied }
        let outcome = try await apply(good.map(\.row))
        for (row, fault) in zip(good, outcome.faults) {
            if let fault {
                applied.faults.append(NumberedFault(line: row.line, fault: fault))
            } else {
                applied.rowsOK += 1
            }
        }
        applied.tell = outcome.tell
        return applied
    }

    private func end(_ job: TableImport, _ failure: TableImport.Failure) async throws {
        try await pool.withTransaction { transaction in
            guard try await current(job, in: transaction) != nil else { return }
            try await ImportStore.fail(job.id, failure, in: transaction)
        }
        // Left where somebody else has moved the import on.
        if let now = try await ImportStore.tableImport(job.id, in: pool), now.state.isFinished {
            try await files.remove(job.file)
        }
    }

    private func giveUp(_ id: ImportID, after error: any Error) async throws {
        let failure =
            if error is ImportChunk.Lost {
                TableImport.Failure(code: "file-lost", note: "The file is not there any more.")
            } else {
                TableImport.Failure(code: "internal", note: "A fault of ours. What is counted here was applied.")
            }
        let file = try await pool.withTransaction { transaction -> String? in
            guard let now = try await ImportStore.locked(id, in: transaction) else { return nil }
            if !now.state.isFinished { try await ImportStore.fail(id, failure, in: transaction) }
            return now.file
        }
        if let file { try await files.remove(file) }
    }
}
