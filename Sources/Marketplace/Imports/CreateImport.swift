// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// `POST /api/imports/create/`: takes a seller's table in; it is worked off afterwards.
///
/// Parts: `file`, `kind` (`products`, `stock` or `prices`), `format` (`csv` or `jsonl`; else by the name of the file), `dry_run`.
///
/// - Errors: 403 `seller-not-active` for products and prices; 413; 415 for what is no multipart form; 422 for wrong parts.
struct CreateImport: Sendable {
    /// As the contract bounds it: a million rows of prices.
    static let fileMax = 256 * 1024 * 1024
    /// The file with the other parts and their heads.
    static let bodyMax = fileMax + 64 * 1024

    private static let parts = ["file", "kind", "format", "dry_run"]

    /// A file and three fields.
    static var limits: MultipartLimits {
        var limits = MultipartLimits()
        limits.fileMax = fileMax
        limits.partCountMax = 8
        return limits
    }

    let dependencies: ImportsDependencies

    private struct Input: Sendable {
        let owner: TableOwner
        let part: FormPart
        let kind: TableKind
        let format: TableFormat
        let isDryRun: Bool
    }

    /// The file of a request: whose it is at the end.
    private final class Upload: Sendable {
        enum State { case nowhere, kept, owned }

        let name = TableFiles.newName()
        let state = Mutex(State.nowhere)
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let upload = Upload()
        let answer: HTTPResponse
        do {
            answer = try await take(request, caller, upload)
        } catch let error as PostgresError where error.outcome == .unknown {
            // A row may name the file; where none does, the sweep removes it.
            throw error
        } catch {
            try await forsake(upload)
            throw error
        }
        try await forsake(upload)
        return answer
    }

    /// Removes the file of a request that was refused, or that another one had done already.
    private func forsake(_ upload: Upload) async throws {
        if upload.state.withLock({ $0 == .kept }) { try await dependencies.imports.remove(upload.name) }
    }

    private func take(_ request: RequestContext, _ caller: Caller, _ upload: Upload) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let parts = try request.multipart()
            request.reportIgnored(parts.map(\.name).filter { !Self.parts.contains($0) }.map { "/" + $0 })
            let input = try Self.read(parts, try await dependencies.owner(caller))
            // Before a connection is held: the disk takes its time with so many octets.
            upload.state.withLock { $0 = .kept }
            try await dependencies.imports.keep(input.part, as: upload.name)
            return input
        } _: { transaction, input in
            if input.kind.needsActiveSeller {
                guard try await dependencies.ports.isActive(input.owner.seller, transaction) else {
                    throw Problem(.sellerNotActive)
                }
            }
            let made = try await ImportStore.insert(
                dependencies.ids.next(), of: input.owner, input.kind, input.format, isDryRun: input.isDryRun,
                file: upload.name, size: input.part.size, in: transaction)
            try await AuditLog.append(
                "import.created", by: caller, in: request, entityType: "import", entityID: made.id.rawValue,
                after: made.jsonOfAudit, in: transaction)
            return .json(.accepted) { made.write(to: &$0, faults: nil) }
        } afterCommit: { _ in
            upload.state.withLock { $0 = .owned }
        }
    }

    private static func read(_ parts: [FormPart], _ owner: TableOwner) throws -> Input {
        var problems: [Problem.Item] = []
        func part(_ name: String) -> FormPart? {
            let found = parts.filter { $0.name == name }
            if found.count > 1 {
                problems.append(.init(pointer: "/" + name, code: "repeated", message: "is there twice"))
            }
            return found.first
        }
        func word<Word: RawRepresentable & CaseIterable>(_ name: String, of type: Word.Type) -> Word?
        where Word.RawValue == String {
            guard let part = part(name) else { return nil }
            if let text = part.text, let word = Word(rawValue: text) { return word }
            let known = type.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append(.init(pointer: "/" + name, code: "invalid", message: "one of \(known) is expected"))
            return nil
        }
        let file = part("file")
        if file == nil { problems.append(.init(pointer: "/file", code: "required", message: "is required")) }
        let kind = word("kind", of: TableKind.self)
        if kind == nil, part("kind") == nil {
            problems.append(.init(pointer: "/kind", code: "required", message: "is required"))
        }
        let isDryRun = word("dry_run", of: Flag.self) == .true
        var format = word("format", of: TableFormat.self)
        if format == nil, part("format") == nil {
            let ending = file?.fileName?.split(separator: ".").last.map { $0.lowercased() }
            format = ["csv": .csv, "jsonl": .jsonl, "ndjson": .jsonl][ending ?? ""]
            if format == nil {
                problems.append(
                    .init(pointer: "/format", code: "required", message: "the name of the file does not say it"))
            }
        }
        guard problems.isEmpty, let file, let kind, let format else {
            throw Problem(.validationFailed, errors: problems)
        }
        return Input(owner: owner, part: file, kind: kind, format: format, isDryRun: isDryRun)
    }

    private enum Flag: String, CaseIterable {
        case `true`, `false`
    }
}

extension TableImport {
    /// What the audit log says of it.
    fileprivate var jsonOfAudit: [UInt8] {
        var json = JSONWriter(capacity: 96)
        json.object { json in
            json.field("kind", kind.rawValue)
            json.field("dry_run", isDryRun)
            json.field("bytes", fileSize)
        }
        return json.bytes
    }
}
