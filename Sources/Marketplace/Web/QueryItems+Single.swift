// SPDX-License-Identifier: Apache-2.0
public import HTTP

extension QueryItems {
    /// The value of a parameter that may stand once.
    ///
    /// - Throws: `Problem` 400 `malformed-request` when it is repeated: two values would mean two different things.
    public func single(_ name: String) throws -> String? {
        let values = values(name)
        guard values.count <= 1 else {
            throw Problem(.malformedRequest, detail: "The parameter \(name) is repeated.")
        }
        return values.first
    }

    /// What `parse` makes of a parameter that may stand once.
    ///
    /// - Parameter expected: what stands in the place of a value that nothing is made of, such as `true or false`.
    /// - Throws: as above; `Problem` 422 `validation-failed`.
    public func single<Value>(_ name: String, expected: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let text = try single(name) else { return nil }
        guard let value = parse(text) else {
            throw Problem(
                .validationFailed,
                errors: [.init(pointer: "/" + name, code: "invalid-parameter", message: "\(expected) is expected")])
        }
        return value
    }

    /// The value of a parameter that has to stand once.
    ///
    /// - Throws: as above; `Problem` 422 `validation-failed` where it does not stand.
    public func required(_ name: String) throws -> String {
        guard let text = try single(name) else { throw Self.missing(name) }
        return text
    }

    /// 422 `validation-failed` for a parameter that does not stand.
    public static func missing(_ name: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: "/" + name, code: "required", message: "is required")])
    }
}
