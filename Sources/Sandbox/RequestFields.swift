// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The members of a request's JSON object, read one by one; the first that is wrong is the answer, as at the provider.
struct RequestFields {
    private let object: JSONValue

    /// - Throws: when the body is not a JSON object. No body at all is an empty object.
    init(_ request: RequestContext) throws(ProviderError) {
        // A foreign page can send any other type without being asked, from the browser of whoever runs the sandbox.
        guard request.body.isEmpty || request.mediaType == "application/json" else {
            throw ProviderError(description: "The request body must be application/json.")
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: request.body.isEmpty ? Array("{}".utf8) : request.body)
        } catch {
            throw ProviderError(description: "The request body is not valid JSON: \(error).")
        }
        try self.init(document.root)
    }

    init(_ value: JSONValue) throws(ProviderError) {
        guard value.kind == .object else {
            throw ProviderError(description: "The request body must be a JSON object.")
        }
        object = value
    }

    /// The member's value; nil when it is absent or `null`.
    subscript(name: StaticString) -> JSONValue? {
        object[name].flatMap { $0.isNull ? nil : $0 }
    }

    /// The same for a member whose name is data.
    func member(_ name: String) -> JSONValue? {
        object[dynamic: name].flatMap { $0.isNull ? nil : $0 }
    }

    /// Refuses every member that is not named here, so that a misspelt one does not go unnoticed.
    func allow(only names: [String]) throws(ProviderError) {
        let others = (object.members ?? []).map(\.name).filter { !names.contains($0) }
        guard others.isEmpty else {
            throw ProviderError.invalid(
                others[0], "\(others.joined(separator: ", ")) is/are not required and should not be sent")
        }
    }

    /// The notes, of a call that changes nothing else.
    func onlyNotes() throws(ProviderError) -> Notes {
        try allow(only: ["notes"])
        return try Notes(Self.required("notes", self["notes"]))
    }

    func integer(_ name: StaticString, in range: ClosedRange<Int64>) throws(ProviderError) -> Int64? {
        guard let value = self[name] else { return nil }
        guard value.kind == .integer else {
            throw .invalid(name.description, "The \(name) must be an integer.")
        }
        guard let number = value.int64, range.contains(number) else {
            throw .invalid(
                name.description, "The \(name) must be between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    func number(_ name: StaticString, in range: ClosedRange<Double>) throws(ProviderError) -> Double? {
        guard let value = self[name] else { return nil }
        guard let number = value.numberText.flatMap(Double.init), range.contains(number) else {
            throw .invalid(
                name.description, "The \(name) must be a number between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    /// - Parameter length: in Unicode scalars.
    func text(_ name: StaticString, max length: Int) throws(ProviderError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else {
            throw .invalid(name.description, "The \(name) must be a string.")
        }
        guard text.unicodeScalars.count <= length else {
            throw .invalid(name.description, "The \(name) may not be greater than \(length) characters.")
        }
        return text
    }

    func flag(_ name: StaticString) throws(ProviderError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard let flag = value.bool else {
            throw .invalid(name.description, "The \(name) field must be true or false.")
        }
        return flag
    }

    /// One of an enumeration's raw values.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: StaticString, of type: Choice.Type
    ) throws(ProviderError) -> Choice? where Choice.RawValue == String {
        guard let text = try text(name, max: 64) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(name.description, "The \(name) must be one of \(names).")
        }
        return choice
    }

    /// An object inside this one.
    func fields(_ name: StaticString) throws(ProviderError) -> RequestFields? {
        guard let value = self[name] else { return nil }
        guard value.kind == .object else { throw .invalid(name.description, "The \(name) must be an object.") }
        return try RequestFields(value)
    }

    /// The value, or the provider's words for its absence.
    static func required<Value>(_ name: StaticString, _ value: Value?) throws(ProviderError) -> Value {
        guard let value else { throw .invalid(name.description, "The \(name) field is required.") }
        return value
    }
}
