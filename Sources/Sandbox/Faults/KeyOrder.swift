// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// In which order a webhook's JSON has its members: the same content, never the same octets.
enum KeyOrder: String, CaseIterable, Sendable {
    case sorted, reversed
    /// By the dice of the faults.
    case shuffled

    /// Respells JSON that the writer wrote.
    func applied(to json: [UInt8], seed: UInt64) throws(JSONError) -> [UInt8] {
        let document = try JSONDocument(parsing: json)
        var writer = JSONWriter(capacity: json.count)
        var dice = SeededRandom(seed: seed)
        write(document.root, &writer, &dice)
        return writer.bytes
    }

    private func write(_ value: JSONValue, _ json: inout JSONWriter, _ dice: inout SeededRandom) {
        if let members = value.members {
            json.object { json in
                for (name, value) in ordered(members, &dice) {
                    json.key(dynamic: name)
                    write(value, &json, &dice)
                }
            }
        } else if let elements = value.elements {
            json.array { json in
                for element in elements { write(element, &json, &dice) }
            }
        } else {
            json.raw(value.raw)
        }
    }

    private func ordered(
        _ members: [(name: String, value: JSONValue)], _ dice: inout SeededRandom
    ) -> [(name: String, value: JSONValue)] {
        switch self {
        case .sorted: members.sorted { $0.name < $1.name }
        case .reversed: members.reversed()
        case .shuffled: members.shuffled(using: &dice)
        }
    }
}
