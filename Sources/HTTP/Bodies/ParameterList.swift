// SPDX-License-Identifier: Apache-2.0

/// `value; name=token; name="quoted"`: the form of Content-Type and Content-Disposition (RFC 9110 §5.6.6).
///
/// In a quoted value only `\"` and `\\` are escapes: browsers send the reverse solidi of file names as they are.
struct ParameterList: Equatable {
    struct Parameter: Equatable {
        /// In lower case.
        let name: [UInt8]
        let value: [UInt8]
    }

    /// What stands before the first semicolon, in lower case.
    let value: [UInt8]
    let parameters: [Parameter]

    /// Reads a field value; nil when it does not have that form or names a parameter twice.
    init?(_ field: ArraySlice<UInt8>) {
        var at = field.startIndex
        let value = field.prefix { $0.isToken || $0 == UInt8(ascii: "/") }
        guard !value.isEmpty else { return nil }
        at = value.endIndex
        var parameters: [Parameter] = []
        while true {
            Self.skipSpace(field, &at)
            if at == field.endIndex { break }
            guard field[at] == UInt8(ascii: ";") else { return nil }
            at += 1
            Self.skipSpace(field, &at)
            let name = field[at...].prefix { $0.isToken }.map(\.lowered)
            // An empty parameter is allowed and means nothing.
            if name.isEmpty { continue }
            at += name.count
            guard at < field.endIndex, field[at] == UInt8(ascii: "=") else { return nil }
            at += 1
            guard let value = Self.value(field, &at), !parameters.contains(where: { $0.name == name }) else {
                return nil
            }
            parameters.append(Parameter(name: name, value: value))
        }
        self.value = value.map(\.lowered)
        self.parameters = parameters
    }

    /// The value of a parameter.
    subscript(name: StaticString) -> [UInt8]? {
        parameters.first { parameter in name.withUTF8Buffer { $0.elementsEqual(parameter.name) } }?.value
    }

    /// Whether the value is this one.
    func isNamed(_ name: StaticString) -> Bool { name.withUTF8Buffer { $0.elementsEqual(value) } }

    private static func skipSpace(_ field: ArraySlice<UInt8>, _ at: inout Int) {
        while at < field.endIndex, FieldLine.isSpace(field[at]) { at += 1 }
    }

    private static func value(_ field: ArraySlice<UInt8>, _ at: inout Int) -> [UInt8]? {
        guard at < field.endIndex, field[at] == UInt8(ascii: "\"") else {
            let token = field[at...].prefix { $0.isToken }
            at = token.endIndex
            return token.isEmpty ? nil : Array(token)
        }
        at += 1
        var out: [UInt8] = []
        while at < field.endIndex {
            let octet = field[at]
            at += 1
            if octet == UInt8(ascii: "\"") { return out }
            if octet == UInt8(ascii: "\\"), at < field.endIndex,
                field[at] == UInt8(ascii: "\"") || field[at] == UInt8(ascii: "\\")
            {
                out.append(field[at])
                at += 1
            } else {
                out.append(octet)
            }
        }
        return nil
    }
}
