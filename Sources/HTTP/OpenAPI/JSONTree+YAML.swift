// SPDX-License-Identifier: Apache-2.0

extension JSONTree {
    /// The value as YAML in block style, which every reader of YAML 1.1 and 1.2 takes for the same value.
    ///
    /// Strings are written as JSON strings, which are double-quoted scalars of YAML too; only names that can be nothing else are
    /// left bare.
    public func yamlBytes() -> [UInt8] {
        var out: [UInt8] = []
        writeYAML(to: &out, depth: 0, isNested: false)
        return out
    }

    /// - Parameter isNested: whether something stands on the line already.
    private func writeYAML(to out: inout [UInt8], depth: Int, isNested: Bool) {
        switch self {
        case .object(let members) where !members.isEmpty:
            for (position, member) in members.enumerated() {
                if position > 0 || isNested { Self.newLine(&out, depth) }
                out.append(contentsOf: Self.yamlName(member.name))
                out.append(UInt8(ascii: ":"))
                member.value.writeYAML(to: &out, depth: depth + 1, isNested: true)
            }
        case .array(let elements) where !elements.isEmpty:
            for (position, element) in elements.enumerated() {
                if position > 0 || isNested { Self.newLine(&out, depth) }
                out.append(contentsOf: "- ".utf8)
                // What the element holds stands right behind the hyphen, two places in.
                element.writeYAML(to: &out, depth: depth + 1, isNested: false)
            }
        default:
            if isNested { out.append(UInt8(ascii: " ")) }
            out.append(contentsOf: jsonBytes())
        }
        if depth == 0 { out.append(UInt8(ascii: "\n")) }
    }

    private static func newLine(_ out: inout [UInt8], _ depth: Int) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
    }

    /// Bare words that YAML 1.1 takes for something else than strings.
    private static let reserved: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

    private static func yamlName(_ name: String) -> [UInt8] {
        let isWord =
            name.utf8.first.map { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") } ?? false
        let isPlain = name.utf8.allSatisfy { octet in
            (octet | 0x20) >= UInt8(ascii: "a") && (octet | 0x20) <= UInt8(ascii: "z")
                || octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") || octet == UInt8(ascii: "_")
                || octet == UInt8(ascii: "-")
        }
        if isWord && isPlain && !reserved.contains(name.lowercased()) { return Array(name.utf8) }
        return name.jsonBytes()
    }
}
