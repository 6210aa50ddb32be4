// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// Which notifications a user wants, per kind and channel: `{"order":{"in_app":true,"email":false}}`.
enum NotificationPreferences {
    /// The kinds that can be chosen. Security mails are not among them: they are always on.
    static let kinds = Set(NotificationKind.allCases.map(\.rawValue))
    private static let channels: Set<String> = ["in_app", "email"]

    /// The kinds in a body's `notification_preferences`, as JSON; nil when there are none.
    static func read(_ body: inout JSONInput) -> [UInt8]? {
        guard let value = body.member("notification_preferences"), !value.isNull else { return nil }
        guard let members = value.members else {
            body.fail("notification_preferences", code: "wrong-type", message: "not an object")
            return nil
        }
        for (kind, choice) in members {
            guard kinds.contains(kind), let switches = choice.members,
                switches.allSatisfy({ channels.contains($0.name) && $0.value.bool != nil })
            else {
                body.fail(
                    "notification_preferences", code: "invalid",
                    message: "known kinds with the booleans in_app and email")
                return nil
            }
        }
        return Array(value.raw)
    }
}
