// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A transition of a product, as it is shown.
struct ProductHistoryEntry: Sendable, Equatable, JSONWritable {
    /// The newest that are shown: a product that has been through more is looked at in the audit log.
    static let shownMax = 100

    let at: Timestamp
    let event: String
    let fromStatus: String
    let toStatus: String
    let fromModeration: String
    let toModeration: String
    let revision: Int?
    /// `user:<number>` or `system`.
    let actor: String
    let reasonCode: String?
    let note: String?
    let requestID: String?

    /// Writes the entry; users by their ids.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("at", at)
            json.field("event", event)
            json.object("from") { json in
                json.field("status", fromStatus)
                json.field("moderation", fromModeration)
            }
            json.object("to") { json in
                json.field("status", toStatus)
                json.field("moderation", toModeration)
            }
            if let revision { json.field("revision", revision) }
            json.field("actor", shownActor)
            json.fieldIfPresent("reason_code", reasonCode)
            json.fieldIfPresent("note", note)
            json.fieldIfPresent("request_id", requestID)
        }
    }

    private var shownActor: String {
        guard actor.hasPrefix("user:"), let number = Int64(actor.dropFirst(5)) else { return actor }
        return UserID(rawValue: number).description
    }
}
