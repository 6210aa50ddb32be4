// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// An export: a seller's variants as a table, and how much of it is written.
struct TableExport: Sendable {
    let id: ExportID
    let owner: TableOwner
    let kind: TableKind
    let format: TableFormat
    let state: TableState
    let file: String
    /// Octets of the file that count.
    let size: Int
    /// The last variant in it.
    let after: Int64
    let rows: Int
    let createdAt: Timestamp
    let finishedAt: Timestamp?
    let expiresAt: Timestamp

    /// How long it can be fetched.
    static let keeping = Duration.seconds(86_400)
}

extension TableExport: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("kind", kind.rawValue)
            json.field("format", format.rawValue)
            json.field("status", state.rawValue)
            json.field("rows", rows)
            if state == .done { json.field("download_url", "\(DownloadExport.path)?id=\(id)") }
            json.field("created_at", createdAt)
            json.fieldIfPresent("finished_at", finishedAt)
            json.field("expires_at", expiresAt)
        }
    }
}
