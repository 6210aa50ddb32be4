// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A correction that one admin asks for and another decides. Its id is that of the entry that it becomes.
struct Adjustment: Sendable, JSONWritable {
    enum State: String, CaseIterable, Sendable {
        case requested
        case approved
        case rejected
    }

    let id: JournalEntryID
    let state: State
    let lines: [LedgerEntry.Line]
    let reason: String
    let requestedBy: UserID
    let requestedAt: Timestamp
    let decidedBy: UserID?
    let decidedAt: Timestamp?
    let decisionNote: String?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("state", state.rawValue)
            json.array("lines") { json in
                for line in lines { json.value(line) }
            }
            json.field("reason", reason)
            json.field("requested_by", requestedBy)
            json.field("requested_at", requestedAt)
            json.fieldIfPresent("decided_by", decidedBy)
            json.fieldIfPresent("decided_at", decidedAt)
            json.fieldIfPresent("decision_note", decisionNote)
        }
    }
}
