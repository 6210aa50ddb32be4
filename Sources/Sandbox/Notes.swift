// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a merchant writes on an entity: at most 15 pairs of 256 characters.
struct Notes: Sendable, Equatable {
    static let pairsMax = 15
    static let charactersMax = 256

    private enum Value: Sendable, Equatable {
        case text(String)
        /// A number or a boolean, as it was sent.
        case literal([UInt8])
    }

    private struct Pair: Sendable, Equatable {
        let name: String
        let value: Value
    }

    private let pairs: [Pair]

    /// No notes.
    init() {
        pairs = []
    }

    /// Reads the member `notes`; absent, `null`, `[]` and `{}` are no notes.
    init(_ value: JSONValue?) throws(ProviderError) {
        guard let value, !value.isNull, value.elements?.isEmpty != true else {
            pairs = []
            return
        }
        guard let members = value.members else { throw .invalid("notes", "The notes must be an object.") }
        guard members.count <= Self.pairsMax else {
            throw .invalid("notes", "The notes may not have more than \(Self.pairsMax) pairs.")
        }
        var pairs: [Pair] = []
        for (name, value) in members {
            guard name.unicodeScalars.count <= Self.charactersMax else {
                throw .invalid("notes", "A key of notes may not be greater than \(Self.charactersMax) characters.")
            }
            pairs.append(Pair(name: name, value: try Self.read(value)))
        }
        self.pairs = pairs
    }

    private static func read(_ value: JSONValue) throws(ProviderError) -> Value {
        switch value.kind {
        case .string:
            let text = value.string ?? ""
            guard text.unicodeScalars.count <= charactersMax else {
                throw .invalid("notes", "A value of notes may not be greater than \(charactersMax) characters.")
            }
            return .text(text)
        case .integer, .decimal, .bool:
            guard value.raw.count <= charactersMax else {
                throw .invalid("notes", "A value of notes may not be greater than \(charactersMax) characters.")
            }
            return .literal(Array(value.raw))
        case .null, .array, .object: throw .invalid("notes", "A value of notes must be a string.")
        }
    }
}

extension Notes: JSONWritable {
    /// An object, but `[]` when there is none: the provider's array has no keys then.
    func write(to json: inout JSONWriter) {
        guard !pairs.isEmpty else {
            json.array { _ in }
            return
        }
        json.object { json in
            for pair in pairs {
                json.key(dynamic: pair.name)
                switch pair.value {
                case .text(let text): json.value(text)
                case .literal(let octets): json.raw(octets)
                }
            }
        }
    }
}
