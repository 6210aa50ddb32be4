// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// A JSON value as the test means it.
private indirect enum Tree: Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case string(String)
    case array([Tree])
    case object([(String, Tree)])

    static func == (left: Tree, right: Tree) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        // Octets: String's own equality would forgive a changed normal form.
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy { $0.0.utf8.elementsEqual($1.0.utf8) && $0.1 == $1.1 }
        default: false
        }
    }

    init(random numbers: inout SeededNumbers, depth: Int) {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &numbers) {
        case 0: self = .null
        case 1: self = .bool(.random(using: &numbers))
        case 2: self = .int(.random(in: .min ... .max, using: &numbers))
        case 3: self = .int(.random(in: -20...20, using: &numbers))
        case 4: self = .string(Self.text(&numbers))
        case 5:
            let count = Int.random(in: 0...5, using: &numbers)
            self = .array((0..<count).map { _ in Tree(random: &numbers, depth: depth - 1) })
        default:
            let count = Int.random(in: 0...20, using: &numbers)
            // The number makes the names differ.
            self = .object(
                (0..<count).map { (Self.text(&numbers) + "\($0)", Tree(random: &numbers, depth: depth - 1)) })
        }
    }

    private static func text(_ numbers: inout SeededNumbers) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &numbers) {
            let ranges: [ClosedRange<UInt32>] = [
                0...0x7F, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x80...0xD7FF, 0x1F300...0x1F6FF,
            ]
            let range = ranges[Int.random(in: ranges.indices, using: &numbers)]
            guard let scalar = Unicode.Scalar(UInt32.random(in: range, using: &numbers)) else { continue }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.bool ?? false)
        case .integer, .decimal: self = .int(value.int64 ?? .min)
        case .string: self = .string(value.string ?? "")
        case .array: self = .array((value.elements ?? []).map(Tree.init))
        case .object: self = .object((value.members ?? []).map { ($0.name, Tree($0.value)) })
        }
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let flag): json.value(flag)
        case .int(let number): json.value(number)
        case .string(let text): json.value(text)
        case .array(let elements):
            json.array { json in
                for element in elements { element.write(to: &json) }
            }
        case .object(let members):
            json.object { json in
                for (name, value) in members {
                    json.key(dynamic: name)
                    value.write(to: &json)
                }
            }
        }
    }
}

@Suite struct JSONRoundTripTests {
    @Test(arguments: [1, 2, 3] as [UInt64]) func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        for round in 0..<200 {
            let tree = Tree(random: &numbers, depth: 4)
            var json = JSONWriter(capacity: 16)
            tree.write(to: &json)
            let document = try JSONDocument(parsing: json.bytes)
            #expect(Tree(document.root) == tree, "seed \(seed), round \(round)")
            // The writer's own form differs from the canonical one in the order of members only.
            #expect(document.canonical().sorted() == json.bytes.sorted())
        }
    }

    @Test(
        "escapes what must be escaped and nothing else",
        arguments: [
            ("", "\"\""), ("a/b", "\"a/b\""), ("\"\\", #""\"\\""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\0\u{1}\u{1F}", #""\u0000\u0001\u001f""#), ("\u{7F}é€😀\u{2028}", "\"\u{7F}é€😀\u{2028}\""),
            ("<script>", "\"<script>\""), ("a\nb", #""a\nb""#),
        ])
    func escapes(text: String, expected: String) throws {
        #expect(String(decoding: text.jsonBytes(), as: UTF8.self) == expected)
        #expect(try JSONDocument(parsing: text.jsonBytes()).root.string == text)
    }

    /// Runs are looked through eight octets at a time: every octet at every place of such a run and around it.
    @Test func escapesAtEveryPlace() throws {
        let escaped = (UInt8(0)..<0x20).map { Unicode.Scalar($0) } + ["\"", "\\"]
        let plain: [Unicode.Scalar] = [" ", "!", "#", "[", "]", "\u{7F}", "\u{80}", "\u{A0}", "¢", "\u{FFFF}", "😀"]
        for scalar in escaped + plain {
            for place in 0...17 {
                var scalars = Array("abcdefghijklmnopq".unicodeScalars)
                scalars.insert(scalar, at: place)
                var text = ""
                text.unicodeScalars.append(contentsOf: scalars)
                let json = text.jsonBytes(capacity: 0)
                #expect(try JSONDocument(parsing: json).root.string == text)
                let added = json.count - text.utf8.count - 2
                #expect(plain.contains(scalar) ? added == 0 : added > 0, "\(scalar.value) at \(place)")
            }
        }
    }

    @Test(
        "writes integers exactly",
        arguments: [0, 1, -1, 9, 10, -10, 99, 1_234_567, .max, .min, .max - 1, .min + 1] as [Int64])
    func integers(number: Int64) {
        #expect(String(decoding: number.jsonBytes(), as: UTF8.self) == "\(number)")
    }

    @Test func placesCommasBetweenWhateverIsWritten() {
        var json = JSONWriter()
        json.object { json in
            json.field("a", 1)
            json.object("b") { _ in }
            json.array("c") { json in
                json.array { _ in }
                json.object { json in json.nullField("d") }
                json.value(true)
                json.raw("{}".utf8)
                json.value("x")
            }
            json.field("e", Optional<Int>.none)
            json.fieldIfPresent("f", Optional<Int>.none)
            json.fieldIfPresent("g", 2)
            json.field("h", raw: "[]".utf8)
            json.key(dynamic: "\"")
            json.value(["y", "z"])
            json.field("i", false)
        }
        let expected =
            #"{"a":1,"b":{},"c":[[],{"d":null},true,{},"x"],"e":null,"g":2,"h":[],"\"":["y","z"],"i":false}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
    }
}
