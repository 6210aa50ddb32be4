// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// What somebody wants to be told of, per kind: `{"order":{"in_app":true,"email":false}}`.
struct NotificationChoice: Sendable, Equatable {
    var inApp = true
    var email = true
}

/// The choices of all kinds, as they are stored and shown. What nothing is said of is wanted.
struct NotificationChoices: Sendable, Equatable {
    private var chosen: [NotificationKind: NotificationChoice] = [:]

    /// Reads what is stored.
    init(stored: [UInt8]) {
        guard let root = try? JSONDocument(parsing: stored).root else { return }
        for (name, value) in root.members ?? [] {
            guard let kind = NotificationKind(rawValue: name) else { continue }
            chosen[kind] = NotificationChoice(
                inApp: value["in_app"]?.bool ?? true, email: value["email"]?.bool ?? true)
        }
    }

    /// Reads a request's `preferences`: known kinds, each with one or both of the booleans.
    init(_ body: inout JSONInput) {
        guard let value = body.member("preferences"), let members = value.members else {
            body.fail("preferences", code: "required", message: "an object by kind")
            return
        }
        for (name, value) in members {
            guard let kind = NotificationKind(rawValue: name), let switches = value.members,
                switches.allSatisfy({ ["in_app", "email"].contains($0.name) && $0.value.bool != nil })
            else {
                body.fail("preferences", code: "invalid", message: "known kinds with the booleans in_app and email")
                return
            }
            chosen[kind] = NotificationChoice(
                inApp: value["in_app"]?.bool ?? true, email: value["email"]?.bool ?? true)
        }
    }

    subscript(kind: NotificationKind) -> NotificationChoice { chosen[kind] ?? NotificationChoice() }

    /// Writes all kinds.
    func write(to json: inout JSONWriter) {
        json.object { json in
            for kind in NotificationKind.allCases {
                json.key(dynamic: kind.rawValue)
                json.object { json in
                    json.field("in_app", self[kind].inApp)
                    json.field("email", self[kind].email)
                }
            }
        }
    }

    /// As they are stored.
    var stored: [UInt8] {
        var json = JSONWriter(capacity: 640)
        write(to: &json)
        return json.bytes
    }

    var response: HTTPResponse {
        .json { json in
            json.key("preferences")
            write(to: &json)
        }
    }
}
