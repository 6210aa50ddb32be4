// SPDX-License-Identifier: Apache-2.0

/// Reads an object that a client sent and collects everything that is wrong with it.
///
/// Accessors never throw. One that finds its member missing, of the wrong type or out of bounds notes a problem with
/// the member's JSON pointer and returns a placeholder (`""`, `0`, `false`, `[]`); `read` then throws all problems
/// together, so a placeholder never leaves it. Members nobody asked for are reported, not refused.
/// ```swift
/// let input = try request.json { body in            // or: JSONInput.read(document) { body in … }
///     NewOrder(
///         cartID: body.string("cart_id", length: 1...64),
///         note: body.optionalString("note", length: 0...500),
///         lines: body.array("lines", count: 1...200) { line in
///             Line(variant: line.string("variant_id", length: 1...64), quantity: line.int("quantity", in: 1...9_999))
///         })
/// }
/// ```
public struct JSONInput {
    /// nil while reading inside a container that is missing or wrong: everything is then a placeholder, noted once.
    let value: JSONValue?
    let pointer: JSONPointer
    let findings: JSONFindings
    /// The members that were asked for: the first 64 by a bit each, later ones by their index.
    private var knownFirst: UInt64 = 0
    private var knownLater: [Int] = []

    init(value: JSONValue?, pointer: JSONPointer, findings: JSONFindings) {
        self.value = value
        self.pointer = pointer
        self.findings = findings
    }

    /// Reads the outermost object.
    ///
    /// - Returns: what `body` made of it, and the pointers of the members that it did not ask for (100 at most).
    /// - Throws: `Problem` 422 `validation-failed` with `errors[]` (100 at most); whatever `body` throws, but only when
    ///   nothing was found wrong before.
    public static func read<T>(
        _ document: JSONDocument, _ body: (inout JSONInput) throws -> T
    ) throws -> (value: T, ignored: [String]) {
        let findings = JSONFindings()
        guard document.root.kind == .object else {
            throw Problem(.validationFailed, errors: [.init(pointer: "", code: "wrong-type", message: "not an object")])
        }
        var input = JSONInput(value: document.root, pointer: .root, findings: findings)
        let result = Result { try body(&input) }
        input.noteIgnored()
        if !findings.problems.isEmpty { throw Problem(.validationFailed, errors: findings.problems) }
        return (try result.get(), findings.ignored)
    }

    /// Whether the member was sent, `null` included.
    public mutating func contains(_ name: StaticString) -> Bool {
        member(name) != nil
    }

    /// Whether the member was sent as `null`.
    public mutating func isNull(_ name: StaticString) -> Bool {
        member(name)?.isNull == true
    }

    /// Notes a problem with a member, for rules that the accessors do not know.
    public func fail(_ name: StaticString, code: String, message: String) {
        guard value != nil else { return }
        findings.note(.init(pointer: pointer.appending(name).description, code: code, message: message))
    }

    /// Notes a problem with this object as a whole.
    public func fail(code: String, message: String) {
        guard value != nil else { return }
        findings.note(.init(pointer: pointer.description, code: code, message: message))
    }

    /// The member's value as it was sent, and counts it as known.
    public mutating func member(_ name: StaticString) -> JSONValue? {
        guard let (place, member) = name.withUTF8Buffer({ value?.placedMember($0) }) else { return nil }
        if place < UInt64.bitWidth { knownFirst |= 1 << UInt64(place) } else { knownLater.append(member.index) }
        return member
    }

    /// Records the members that nobody asked for.
    func noteIgnored() {
        guard let value else { return }
        var place = 0
        value.forEachMember { name, member in
            let isKnown =
                place < UInt64.bitWidth ? knownFirst & 1 << UInt64(place) != 0 : knownLater.contains(member.index)
            place += 1
            if isKnown { return }
            findings.ignore(JSONPointer.member(pointer, name.string ?? "").description)
        }
    }
}

/// What a reading has collected.
final class JSONFindings {
    /// More are counted as one: a body of a megabyte must not make an answer of ten.
    static let countMax = 100

    private(set) var problems: [Problem.Item] = []
    private(set) var ignored: [String] = []

    func note(_ problem: Problem.Item) {
        if problems.count < Self.countMax { problems.append(problem) }
    }

    func ignore(_ pointer: String) {
        if ignored.count < Self.countMax { ignored.append(pointer) }
    }
}

/// A place in a text (RFC 6901), rendered only when something is wrong there.
indirect enum JSONPointer: CustomStringConvertible {
    case root
    case member(JSONPointer, String)
    case literal(JSONPointer, StaticString)
    case element(JSONPointer, Int)

    func appending(_ name: StaticString) -> JSONPointer { .literal(self, name) }

    var description: String {
        switch self {
        case .root: ""
        case .member(let parent, let name): parent.description + "/" + Self.escaped(name)
        case .literal(let parent, let name): parent.description + "/" + Self.escaped(name.description)
        case .element(let parent, let index): parent.description + "/\(index)"
        }
    }

    private static func escaped(_ name: String) -> String {
        var out = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": out += "~0"
            case "/": out += "~1"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
