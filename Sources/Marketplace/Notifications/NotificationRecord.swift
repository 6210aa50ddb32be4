// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A notification as its reader has it.
struct NotificationRecord: Sendable {
    let id: NotificationID
    /// Its number among those of its reader.
    let sequence: Int64
    let notice: String
    let facts: NoticeFacts
    let createdAt: Timestamp
    let readAt: Timestamp?

    /// Writes `Notification` in a language. One of a newer version of the program, whose text is not known here, shows its type.
    func write(in language: MailLanguage, to json: inout JSONWriter) {
        let known = Notice(rawValue: notice)
        let type = notice.prefix { $0 != "@" }
        json.object { json in
            json.field("id", id)
            json.field("type", String(type))
            let text = known.map(language.text) ?? NoticeText(String(type), "")
            let places = facts.places
            json.field("title", MailComposer.filled(text.title, places))
            json.field("body", MailComposer.filled(text.body, places))
            json.object("data") { facts.write(to: &$0) }
            json.fieldIfPresent("link", known.flatMap { facts.link(for: $0.row.readers) })
            json.fieldIfPresent("read_at", readAt)
            json.field("created_at", createdAt)
        }
    }
}
