// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Tabular

/// An import: a table that a seller sent, and how far it has been worked off.
struct TableImport: Sendable {
    let id: ImportID
    let owner: TableOwner
    let kind: TableKind
    let format: TableFormat
    /// Everything is checked and nothing is kept.
    let isDryRun: Bool
    let file: String
    let fileSize: Int
    let state: TableState
    let failure: Failure?
    let position: TablePosition
    /// Of CSV, once it was read.
    let header: [String]?
    let rowsOK: Int
    let rowsFailed: Int
    let createdAt: Timestamp
    let finishedAt: Timestamp?
    let expiresAt: Timestamp

    /// Why it ended before its end.
    struct Failure: Sendable {
        let code: String
        let note: String
    }

    /// How long it is kept with its faults; its file goes when it ends: long enough to come back after a week's holiday.
    static let keeping = Duration.seconds(8 * 86_400)
    /// Rows whose faults are written down; of further ones only the number.
    static let faultsMax = 10_000
    /// Of these so many are shown with the state.
    static let faultsShown = 20
}

/// A row's fault with its line.
struct NumberedFault: Sendable {
    let line: Int
    let fault: RowFault

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line", line)
            json.fieldIfPresent("column", fault.field)
            json.field("code", fault.code)
            json.field("message", fault.message)
        }
    }
}

extension TableImport {
    /// - Parameter faults: the first ones; nil where they are not shown.
    func write(to json: inout JSONWriter, faults: [NumberedFault]?) {
        json.field("id", id)
        json.field("kind", kind.rawValue)
        json.field("format", format.rawValue)
        json.field("dry_run", isDryRun)
        json.field("status", state.rawValue)
        json.object("progress") { json in
            json.field("bytes_done", position.offset)
            json.field("bytes_total", fileSize)
        }
        json.object("rows") { json in
            json.field("ok", rowsOK)
            json.field("failed", rowsFailed)
        }
        if let failure {
            json.object("failure") { json in
                json.field("code", failure.code)
                json.field("message", failure.note)
            }
        }
        if let faults {
            json.array("errors") { json in
                for fault in faults { fault.write(to: &json) }
            }
            if rowsFailed > 0 { json.field("errors_url", "\(DownloadImportFaults.path)?id=\(id)") }
        }
        json.field("created_at", createdAt)
        json.fieldIfPresent("finished_at", finishedAt)
        json.field("expires_at", expiresAt)
    }
}
