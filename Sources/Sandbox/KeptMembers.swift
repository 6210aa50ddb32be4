// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Members of a request that the sandbox keeps and gives back as they were sent, in the order in which they came.
struct KeptMembers: Sendable {
    private var pairs: [(name: String, value: [UInt8])] = []

    /// - Throws: when they are longer together than an entity's may be.
    init(_ fields: RequestFields, names: [String]) throws(ProviderError) {
        for name in names {
            guard let value = fields.member(name) else { continue }
            pairs.append((name, Array(value.raw)))
        }
        try check()
    }

    /// Takes over what `others` has; what it does not have stays.
    mutating func merge(_ others: KeptMembers) throws(ProviderError) {
        for (name, value) in others.pairs {
            if let index = pairs.firstIndex(where: { $0.name == name }) {
                pairs[index].value = value
            } else {
                pairs.append((name, value))
            }
        }
        try check()
    }

    func has(_ name: String) -> Bool {
        pairs.contains { $0.name == name }
    }

    func writeMembers(to json: inout JSONWriter) {
        for (name, value) in pairs {
            json.key(dynamic: name)
            json.raw(value)
        }
    }

    private func check() throws(ProviderError) {
        guard pairs.reduce(0, { $0 + $1.value.count }) <= SandboxLimits.keptBytes else {
            throw ProviderError(description: "The request is too long.")
        }
    }
}
