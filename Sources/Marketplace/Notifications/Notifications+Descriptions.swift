// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListNotifications {
    static let description = RouteDescription(
        tag: .notifications, summary: "List notifications",
        text:
            "The newest first; the newest \(NotificationStore.keptMax) are kept. With the number of those that are not read.",
        parameters: RouteParameter.page(sortedBy: "-created_at") + [
            .query("unread_only", "Those alone that are not read.", .boolean(example: true).defaults(to: false)),
            .query("type", "Those of one type of event.", .string(length: 1...100, example: "order.confirmed")),
        ],
        answers: [
            .json(
                .ok, "The page.",
                .page(of: NotificationSchema.notification, with: [.required("unread_count", NotificationSchema.unread)])
            )
        ], problems: [.invalidCursor, .validationFailed])
}

extension CountUnread {
    static let description = RouteDescription(
        tag: .notifications, summary: "Count unread notifications", text: "From a counter: cheap to ask.",
        answers: [
            .json(.ok, "The number.", .object([.required("unread_count", NotificationSchema.unread)], isClosed: true))
        ])
}

extension MarkRead {
    static let description = RouteDescription(
        tag: .notifications, summary: "Mark notifications as read",
        text: "What is read already, another's or unknown changes nothing.",
        body: .json(
            .object([.required("ids", .array(of: .id(NotificationID.self), count: 0...idsMax))])
                .named("NotificationsRead")), answers: [NotificationSchema.marked])
}

extension MarkAllRead {
    static let description = RouteDescription(
        tag: .notifications, summary: "Mark all notifications as read",
        text: "All that were there at a moment, now unless one is given; what comes meanwhile stays unread.",
        body: .json(.object([.optional("before", Schema.timestamp.orNull)]).named("AllNotificationsRead")),
        answers: [NotificationSchema.marked])
}

extension ReadNotificationPreferences {
    static let description = RouteDescription(
        tag: .notifications, summary: "Read what one is told of",
        text: "By kind: in the shop, and by mail. Security mails are always sent.",
        answers: [.json(.ok, "All kinds.", NotificationSchema.preferences)])
}

extension UpdateNotificationPreferences {
    static let description = RouteDescription(
        tag: .notifications, summary: "Choose what one is told of",
        text: "Replaces all choices: what is left out is told in the shop and by mail. Security mails are always sent.",
        body: .json(NotificationSchema.preferences),
        answers: [.json(.ok, "All kinds.", NotificationSchema.preferences)])
}

extension StreamNotifications {
    static let description = RouteDescription(
        tag: .notifications, summary: "Hear of notifications as they come",
        text: """
            Server-sent events: `notification` with the notification as data and its number as id, `unread` with the number of unread \
            ones, a comment every 15 seconds, `end` with a reason before the server ends it. Without `Last-Event-ID` it begins with what \
            comes next; with it, after that one. It ends with the access token: come back with a new one. A user has at most \
            \(StreamSeats.seatsPerUserMax) streams.
            """,
        parameters: [
            .header("Last-Event-ID", "The id of the last notification that was heard.", .string(example: "8"))
        ],
        answers: [
            RouteAnswer(
                .ok, "The stream.",
                contents: [("text/event-stream", .string(example: "event: unread\ndata: {\"unread_count\":3}\n\n"))])
        ])
}
