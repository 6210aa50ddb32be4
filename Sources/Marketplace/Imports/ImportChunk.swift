// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Tabular

/// So many rows of an import as one transaction applies, read from its file where the import stands.
struct ImportChunk: Sendable {
    /// Rows of a chunk: their locks on stock are held for some ten milliseconds.
    static let rowsMax = 200
    /// Rows of products after which a chunk ends with its product: each product is a handful of statements.
    static let productRowsMin = 50
    /// Rows of products that a chunk has at most, those of one product together where it has no more.
    static let productRowsMax = 500
    /// Octets of rows after which a chunk ends: what is in memory of an import, a record more at most.
    static let octetsMax = 4 * 1024 * 1024
    /// Octets that are read at a time.
    static let blockSize = 64 * 1024

    /// The first line does not name the columns that are needed: whoever sent it is told why.
    struct WrongHeader: Error {
        let note: String

        init(_ note: String) {
            self.note = note
        }
    }

    /// The file is not here; another process may have it, or it may come back with its disk.
    struct Lost: Error, CustomStringConvertible {
        var description: String { "the file is gone" }
    }

    /// A row as its columns are named.
    struct Row: Sendable {
        let line: Int
        let content: Result<RowReader, RowFault>
    }

    let rows: [Row]
    let header: [String]?
    let end: TablePosition
    let isEnd: Bool

    /// Reads on.
    ///
    /// - Parameter read: octets at an offset of the file; nil where it is gone.
    /// - Throws: `WrongHeader`; `Lost`; what `read` throws.
    /// - Cost: holds a block and a record at a time.
    static func read(
        _ job: TableImport, _ read: (_ offset: Int, _ count: Int) async throws -> [UInt8]?
    ) async throws -> ImportChunk {
        var source = Source(job)
        var rows: [Row] = []
        var skus = Set<String>()
        var header = job.header
        var end = job.position
        var offset = job.position.offset
        while true {
            guard let block = try await read(offset, Self.blockSize) else { throw Lost() }
            offset += block.count
            let isLast = block.isEmpty
            var rest = block[...]
            while let record = source.next(&rest, isLast: isLast) {
                if job.format == .csv, header == nil {
                    header = try Self.header(record.content, of: job.kind)
                    end = record.end
                    continue
                }
                let content = Self.row(record.content, header)
                // The rows of a chunk are applied together, so that two of one variant come one after the other.
                if case .success(let row) = content, let sku = row.values[TableColumn.sku], !skus.insert(sku).inserted {
                    return ImportChunk(rows: rows, header: header, end: end, isEnd: false)
                }
                if job.kind == .products, rows.count >= Self.productRowsMin,
                    Self.product(content) == nil
                        || Self.product(content) != rows.last.flatMap({ Self.product($0.content) })
                {
                    return ImportChunk(rows: rows, header: header, end: end, isEnd: false)
                }
                rows.append(Row(line: record.line, content: content))
                end = record.end
                let rowsMax = job.kind == .products ? Self.productRowsMax : Self.rowsMax
                if rows.count == rowsMax || end.offset - job.position.offset >= Self.octetsMax {
                    return ImportChunk(rows: rows, header: header, end: end, isEnd: false)
                }
            }
            guard isLast else { continue }
            if job.format == .csv, header == nil { throw WrongHeader("The file is empty.") }
            return ImportChunk(
                rows: rows, header: header, end: TablePosition(offset: job.fileSize, line: end.line), isEnd: true)
        }
    }

    /// What a record holds before its columns are known.
    private enum Cells: Sendable {
        case fields([String])
        case object([UInt8])
    }

    /// A reader of either format.
    private enum Source {
        case csv(CSVReader)
        case lines(LineReader)

        init(_ job: TableImport) {
            switch job.format {
            case .csv: self = .csv(CSVReader(at: job.position))
            case .jsonl: self = .lines(LineReader(at: job.position))
            }
        }

        mutating func next(_ input: inout ArraySlice<UInt8>, isLast: Bool) -> TableRecord<Cells>? {
            switch self {
            case .csv(var reader):
                defer { self = .csv(reader) }
                return (isLast ? reader.finish() : reader.next(&input))?.map { .fields($0) }
            case .lines(var reader):
                defer { self = .lines(reader) }
                return (isLast ? reader.finish() : reader.next(&input))?.map { .object($0) }
            }
        }
    }

    private static func header(_ content: Result<Cells, TableFault>, of kind: TableKind) throws -> [String] {
        guard case .success(.fields(let fields)) = content else {
            throw WrongHeader("The first line is not a list of columns.")
        }
        // No column of ours has one, and PostgreSQL keeps no text with a NUL.
        guard !fields.contains(where: { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } })
        else { throw WrongHeader("The first line has a control character.") }
        let names = fields.map { name in
            String(name.drop { $0 == " " }.prefix { $0 != " " }).lowercased()
        }
        if let missing = kind.required.first(where: { !names.contains($0) }) {
            throw WrongHeader("The column \(missing) is missing.")
        }
        let named = names.filter { !$0.isEmpty }
        guard Set(named).count == named.count else { throw WrongHeader("A column stands there twice.") }
        return names
    }

    /// What a row calls its product; nil where it calls it nothing.
    private static func product(_ content: Result<RowReader, RowFault>) -> String? {
        guard case .success(let row) = content else { return nil }
        return TableColumn.product.lazy.compactMap { row.values[$0] }.first
    }

    private static func row(_ content: Result<Cells, TableFault>, _ header: [String]?) -> Result<RowReader, RowFault> {
        switch content {
        case .failure(let fault):
            return .failure(
                RowFault(
                    field: nil, code: fault.rawValue,
                    message: fault.rawValue.split(separator: "-").joined(separator: " ")))
        case .success(.object(let line)): return object(line)
        case .success(.fields(let fields)):
            let header = header ?? []
            guard fields.count <= header.count else {
                return .failure(
                    RowFault(field: nil, code: "too-many-fields", message: "\(header.count) fields are expected"))
            }
            var values: [String: String] = [:]
            var empty = Set<String>()
            for (name, field) in zip(header, fields) {
                if field.isEmpty { empty.insert(name) } else { values[name] = CSVFormula.restored(field) }
            }
            return .success(RowReader(values: values, empty: empty))
        }
    }

    private static func object(_ line: [UInt8]) -> Result<RowReader, RowFault> {
        guard let root = try? JSONDocument(parsing: line).root, let members = root.members else {
            return .failure(RowFault(field: nil, code: "malformed-json", message: "one JSON object is expected"))
        }
        var values: [String: String] = [:]
        var empty = Set<String>()
        for (name, member) in members {
            // Numbers are read from their digits; what is neither is wrong where somebody looks for it.
            let text = member.isNull ? "" : member.string ?? String(decoding: member.raw, as: UTF8.self)
            if text.isEmpty { empty.insert(name) } else { values[name] = text }
        }
        return .success(RowReader(values: values, empty: empty))
    }
}

extension TableRecord {
    fileprivate func map<Other: Sendable>(_ transform: (Content) -> Other) -> TableRecord<Other> {
        TableRecord<Other>(line: line, content: content.map(transform), end: end)
    }
}
