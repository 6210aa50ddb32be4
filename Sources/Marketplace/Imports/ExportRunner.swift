// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
public import MarketHTTP
public import Postgres
import Tabular
public import UVRuntime

/// Writes exports, page by page, as jobs that any process may take.
///
/// A page is read by its keys, put into the file where the last one that counts has ended, and counted in the transaction that has the
/// export locked. Octets of somebody who died before that are overwritten by whoever goes on.
///
/// - Isolation: call it on the pool's loop.
public struct ExportRunner: Sendable {
    /// The kind of the jobs that work.
    public static let kind = "export.run"
    /// The kind of the jobs that clear up.
    public static let expiryKind = "export.expire"
    /// Variants of a page: about 100 KiB.
    static let pageSize = 1000

    private let pool: PostgresPool
    private let files: TableFiles
    private let ports: ImportPorts
    private let clock: any LoopClock

    /// Binds it.
    public init(pool: PostgresPool, files: TableFiles, ports: ImportPorts, clock: any LoopClock) {
        self.pool = pool
        self.files = files
        self.ports = ports
        self.clock = clock
    }

    /// Does the work of a job.
    ///
    /// - Throws: what the database, the disk and the ports throw; the job is tried again.
    public func run(_ job: Job) async throws {
        try await work(on: try Self.id(of: job))
    }

    /// Ends the export of a job that is given up, so that another one can be asked for.
    public func end(_ job: Job) async throws {
        if let file = try await ExportStore.fail(try Self.id(of: job), in: pool) { try await files.remove(file) }
    }

    private func work(on id: ExportID) async throws {
        let end = clock.now &+ ImportRunner.slice.wholeMilliseconds &* 1_000_000
        repeat {
            if case .ended = try await step(id) { return }
        } while clock.now < end
        guard let now = try await ExportStore.tableExport(id, in: pool) else { return }
        try await JobStore.owe(
            Self.kind, key: "\(id.rawValue):\(now.size)", payload: ExportStore.payload(id), in: pool)
    }

    /// Removes an export whose time is over, with its file.
    public func expire(_ job: Job) async throws {
        let id = try Self.id(of: job)
        guard let gone = try await ExportStore.tableExport(id, in: pool) else { return }
        try await files.remove(gone.file)
        try await ExportStore.delete(id, in: pool)
    }

    private static func id(of job: Job) throws -> ExportID {
        ExportID(rawValue: try job.read { $0["id"]?.int64 })
    }

    /// Writes one page.
    func step(_ id: ExportID) async throws -> ImportRunner.Step {
        guard let job = try await ExportStore.tableExport(id, in: pool), !job.state.isFinished else { return .ended }
        let page = try await page(of: job)
        let text = text(page, of: job)
        try await pool.withTransaction { transaction in
            // Who finds it elsewhere has been overtaken, and must not touch the file.
            guard let now = try await ExportStore.locked(id, in: transaction), !now.state.isFinished,
                now.size == job.size, now.after == job.after
            else { return }
            try await files.write(text, to: job.file, at: job.size)
            try await ExportStore.advance(
                id, size: job.size + text.count, after: page.after, rows: page.rows.count, isEnd: page.isEnd,
                in: transaction)
        }
        return page.isEnd ? .ended : .more
    }

    private func page(of job: TableExport) async throws -> ExportedPage {
        if job.kind == .products { return try await ports.products.page(job.owner.seller, job.after) }
        let variants = try await ports.variants(job.owner.seller, job.after, Self.pageSize)
        return ExportedPage(
            rows: variants.map { $0.cells(of: job.kind) }, after: variants.last?.id ?? job.after,
            isEnd: variants.count < Self.pageSize)
    }

    private func text(_ page: ExportedPage, of job: TableExport) -> [UInt8] {
        let columns = job.kind == .products ? ports.products.columns : ExportedVariant.columns(of: job.kind)
        switch job.format {
        case .csv:
            var csv = CSVWriter()
            if job.size == 0 {
                for name in columns { csv.text(name) }
                csv.endRecord()
            }
            for row in page.rows {
                for cell in row { cell.write(to: &csv) }
                csv.endRecord()
            }
            return csv.bytes
        case .jsonl:
            var lines: [UInt8] = []
            for row in page.rows {
                var json = JSONWriter(capacity: 160)
                json.object { json in
                    for (column, cell) in zip(columns, row) { cell.write(as: column, to: &json) }
                }
                lines += json.bytes
                lines.append(0x0A)
            }
            return lines
        }
    }
}
