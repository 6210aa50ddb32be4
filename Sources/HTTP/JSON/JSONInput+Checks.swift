// SPDX-License-Identifier: Apache-2.0

extension JSONInput {
    /// The member, or nil after noting that it is missing.
    mutating func required(_ name: StaticString) -> JSONValue? {
        optionalOrMissing(name, isRequired: true)
    }

    /// The member, nil when it is absent or `null`.
    mutating func optional(_ name: StaticString) -> JSONValue? {
        optionalOrMissing(name, isRequired: false)
    }

    mutating func optionalOrMissing(_ name: StaticString, isRequired: Bool) -> JSONValue? {
        if let member = member(name), !member.isNull { return member }
        if isRequired { fail(name, code: "required", message: "is required") }
        return nil
    }

    func checked(string value: JSONValue, _ name: StaticString, _ length: ClosedRange<Int>) -> String? {
        checked(string: value, at: pointer.appending(name), length)
    }

    /// - Parameter place: made only when something is wrong there.
    func checked(
        string value: JSONValue, at place: @autoclosure () -> JSONPointer, _ length: ClosedRange<Int>
    ) -> String? {
        guard let text = value.string else {
            note(place(), "wrong-type", "not a string")
            return nil
        }
        let count = text.unicodeScalars.count
        if count < length.lowerBound {
            note(place(), "too-short", "at least \(length.lowerBound) characters")
        } else if count > length.upperBound {
            note(place(), "too-long", "at most \(length.upperBound) characters")
        } else if text.utf8.contains(0) {
            note(place(), "invalid", "contains U+0000")
        } else {
            return text
        }
        return nil
    }

    func checked(integer value: JSONValue, _ name: StaticString, _ range: ClosedRange<Int>) -> Int? {
        guard value.kind == .integer else {
            fail(name, code: "wrong-type", message: "not an integer")
            return nil
        }
        guard let number = value.int, range.contains(number) else {
            fail(name, code: "out-of-range", message: "not in \(range.lowerBound)…\(range.upperBound)")
            return nil
        }
        return number
    }

    func checked(bool value: JSONValue, _ name: StaticString) -> Bool? {
        if value.bool == nil { fail(name, code: "wrong-type", message: "not a boolean") }
        return value.bool
    }

    func checked(container value: JSONValue, _ name: StaticString, _ kind: JSONKind) -> JSONValue? {
        if value.kind == kind { return value }
        fail(name, code: "wrong-type", message: kind == .object ? "not an object" : "not an array")
        return nil
    }

    func checkedChoice<T: RawRepresentable & CaseIterable>(
        _ value: JSONValue, _ name: StaticString, of type: T.Type
    ) -> T? where T.RawValue == String {
        guard let text = value.string else {
            fail(name, code: "wrong-type", message: "not a string")
            return nil
        }
        if let choice = T(rawValue: text) { return choice }
        let names = T.allCases.map(\.rawValue).joined(separator: ", ")
        fail(name, code: "invalid", message: "one of \(names)")
        return nil
    }

    /// The elements of an array whose count is within bounds; none after noting that they are not.
    func elements(_ value: JSONValue?, _ name: StaticString, _ count: ClosedRange<Int>) -> [JSONValue] {
        guard let value = value.flatMap({ checked(container: $0, name, .array) }), let elements = value.elements else {
            return []
        }
        if elements.count < count.lowerBound {
            fail(name, code: "too-few", message: "at least \(count.lowerBound)")
        } else if elements.count > count.upperBound {
            fail(name, code: "too-many", message: "at most \(count.upperBound)")
        } else {
            return elements
        }
        return []
    }

    func noting<T>(_ parsed: T?, _ name: StaticString) -> T? {
        if parsed == nil { fail(name, code: "invalid", message: "not valid here") }
        return parsed
    }

    private func note(_ place: JSONPointer, _ code: String, _ message: String) {
        guard value != nil else { return }
        findings.note(.init(pointer: place.description, code: code, message: message))
    }
}
