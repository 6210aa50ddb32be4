// SPDX-License-Identifier: Apache-2.0

extension JSONInput {
    // MARK: Strings

    /// A required string; `length` counts Unicode scalars. U+0000 is refused: PostgreSQL cannot store it.
    public mutating func string(_ name: StaticString, length: ClosedRange<Int> = 0...10_000) -> String {
        required(name).flatMap { checked(string: $0, name, length) } ?? ""
    }

    /// A string that may be absent or `null`.
    public mutating func optionalString(_ name: StaticString, length: ClosedRange<Int> = 0...10_000) -> String? {
        optional(name).flatMap { checked(string: $0, name, length) }
    }

    /// A required string that `parse` turns into a value; nil from it is the problem `invalid`.
    public mutating func parsed<T>(
        _ name: StaticString, length: ClosedRange<Int> = 1...1_000, placeholder: @autoclosure () -> T,
        _ parse: (String) -> T?
    ) -> T {
        required(name).flatMap { checked(string: $0, name, length) }.flatMap { text in
            noting(parse(text), name)
        } ?? placeholder()
    }

    /// An optional string that `parse` turns into a value.
    public mutating func optionalParsed<T>(
        _ name: StaticString, length: ClosedRange<Int> = 1...1_000, _ parse: (String) -> T?
    ) -> T? {
        optional(name).flatMap { checked(string: $0, name, length) }.flatMap { text in noting(parse(text), name) }
    }

    /// A required string that is the raw value of one of an enumeration's cases.
    public mutating func choice<T: RawRepresentable & CaseIterable>(_ name: StaticString, of type: T.Type) -> T
    where T.RawValue == String {
        let cases = T.allCases
        precondition(!cases.isEmpty, "a choice needs cases")
        return optionalOrMissing(name, isRequired: true).flatMap { checkedChoice($0, name, of: type) }
            ?? cases[cases.startIndex]
    }

    /// A choice that may be absent or `null`.
    public mutating func optionalChoice<T: RawRepresentable & CaseIterable>(
        _ name: StaticString, of type: T.Type
    ) -> T? where T.RawValue == String {
        optional(name).flatMap { checkedChoice($0, name, of: type) }
    }

    // MARK: Numbers and booleans

    /// A required integer.
    public mutating func int(_ name: StaticString, in range: ClosedRange<Int> = Int.min...Int.max) -> Int {
        required(name).flatMap { checked(integer: $0, name, range) } ?? max(range.lowerBound, min(0, range.upperBound))
    }

    /// An integer that may be absent or `null`.
    public mutating func optionalInt(_ name: StaticString, in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        optional(name).flatMap { checked(integer: $0, name, range) }
    }

    /// A required boolean.
    public mutating func bool(_ name: StaticString) -> Bool {
        required(name).flatMap { checked(bool: $0, name) } ?? false
    }

    /// A boolean that may be absent or `null`.
    public mutating func optionalBool(_ name: StaticString) -> Bool? {
        optional(name).flatMap { checked(bool: $0, name) }
    }

    // MARK: Containers

    /// A required object.
    public mutating func object<T>(_ name: StaticString, _ read: (inout JSONInput) throws -> T) rethrows -> T {
        let member = required(name).flatMap { checked(container: $0, name, .object) }
        return try nested(member, pointer.appending(name), read)
    }

    /// An object that may be absent or `null`.
    public mutating func optionalObject<T>(
        _ name: StaticString, _ read: (inout JSONInput) throws -> T
    ) rethrows -> T? {
        guard let member = optional(name) else { return nil }
        return try nested(checked(container: member, name, .object), pointer.appending(name), read)
    }

    /// A required array of objects; `count` bounds its elements before any is read.
    public mutating func array<T>(
        _ name: StaticString, count: ClosedRange<Int>, _ read: (inout JSONInput) throws -> T
    ) rethrows -> [T] {
        // A loop, no `map`: with it, what a reader threw ran into the code behind this function and ended the process
        // (Swift 6.3.1, unoptimised; JSONInputTests has the case).
        var values: [T] = []
        for (index, element) in elements(required(name), name, count).enumerated() {
            let place = JSONPointer.element(pointer.appending(name), index)
            let isObject = element.kind == .object
            if !isObject {
                findings.note(.init(pointer: place.description, code: "wrong-type", message: "not an object"))
            }
            values.append(try nested(isObject ? element : nil, place, read))
        }
        return values
    }

    /// An array of objects that may be absent or `null`.
    public mutating func optionalArray<T>(
        _ name: StaticString, count: ClosedRange<Int>, _ read: (inout JSONInput) throws -> T
    ) rethrows -> [T]? {
        guard optional(name) != nil else { return nil }
        return try array(name, count: count, read)
    }

    /// A required array of strings.
    public mutating func strings(
        _ name: StaticString, count: ClosedRange<Int>, length: ClosedRange<Int> = 1...1_000
    ) -> [String] {
        elements(required(name), name, count).enumerated().map { index, element in
            checked(string: element, at: .element(pointer.appending(name), index), length) ?? ""
        }
    }

    /// An array of strings that may be absent or `null`.
    public mutating func optionalStrings(
        _ name: StaticString, count: ClosedRange<Int>, length: ClosedRange<Int> = 1...1_000
    ) -> [String]? {
        guard optional(name) != nil else { return nil }
        return strings(name, count: count, length: length)
    }

    private mutating func nested<T>(
        _ value: JSONValue?, _ place: JSONPointer, _ read: (inout JSONInput) throws -> T
    ) rethrows -> T {
        var input = JSONInput(value: value, pointer: place, findings: findings)
        defer { input.noteIgnored() }
        return try read(&input)
    }
}
