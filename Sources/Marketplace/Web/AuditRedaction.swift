// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Takes secrets out of what is written down: the log is kept for years and read by many.
enum AuditRedaction {
    /// Names, or ends of names, of members whose values nobody has to see.
    private static let secret = [
        "password", "password_hash", "token", "secret", "otp", "pan", "account_number",
    ]
    private static let mask = "***"

    /// The JSON with those values masked, whatever their depth; nil for what is no JSON.
    static func redacted(_ json: [UInt8]) -> [UInt8]? {
        guard let root = try? JSONDocument(parsing: json).root else { return nil }
        var output = JSONWriter(capacity: json.count)
        write(root, to: &output)
        return output.bytes
    }

    private static func write(_ value: JSONValue, to json: inout JSONWriter) {
        if let members = value.members {
            json.object { json in
                for (name, member) in members {
                    json.key(dynamic: name)
                    if isSecret(name), !member.isNull { json.value(mask) } else { write(member, to: &json) }
                }
            }
        } else if let elements = value.elements {
            json.array { json in
                for element in elements { write(element, to: &json) }
            }
        } else {
            json.raw(value.raw)
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secret.contains { name == $0 || name.hasSuffix("_" + $0) }
    }
}
