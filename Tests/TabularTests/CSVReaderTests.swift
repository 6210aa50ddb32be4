// SPDX-License-Identifier: Apache-2.0
import Tabular
import Testing

@Suite struct CSVReaderTests {
    /// What a text is read as, cut at the given places.
    static func read(
        _ bytes: [UInt8], cuts: [Int] = [], limits: TableLimits = TableLimits()
    ) -> [TableRecord<[String]>] {
        var reader = CSVReader(limits: limits)
        var records: [TableRecord<[String]>] = []
        var from = 0
        for cut in cuts + [bytes.count] {
            var rest = bytes[from..<cut]
            while let record = reader.next(&rest) { records.append(record) }
            from = cut
        }
        if let last = reader.finish() { records.append(last) }
        return records
    }

    private func fields(_ text: String) -> [[String]?] {
        Self.read(Array(text.utf8)).map { try? $0.content.get() }
    }

    @Test(arguments: [
        ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]), ("a,b\nc,d", [["a", "b"], ["c", "d"]]), ("", []), ("\r\n\n", []),
        ("a,,\n", [["a", "", ""]]), (",\n", [["", ""]]), ("\"\"\n", [[""]]), ("\"a\"\"b\",c\n", [["a\"b", "c"]]),
        ("\"two\r\nlines\",x\n", [["two\r\nlines", "x"]]), ("\u{FEFF}a\nb", [["a"], ["b"]]),
        ("a\n\nb\n", [["a"], ["b"]]),
        ("\"a,b\"", [["a,b"]]), (" a , b \n", [[" a ", " b "]]), ("\u{FEFF}", []), ("x\u{FEFF}\n", [["x\u{FEFF}"]]),
        ("\u{FEFF}\"a\",b", [["a", "b"]]), ("\u{FB01},Ａ\n", [["\u{FB01}", "Ａ"]]), ("\u{FEC0}", [["\u{FEC0}"]]),
        ("\u{FEFF}\u{FEFF}", [["\u{FEFF}"]]),
    ])
    func readsWhatRFC4180Says(text: String, expected: [[String]]) {
        #expect(fields(text) == expected)
    }

    @Test(arguments: [
        ("a\"b,c\nd\n", TableFault.strayQuote), ("\"a\"b,c\nd\n", .strayQuote), ("a\rb\nd\n", .strayReturn),
        ("\"a\" ,c\nd\n", .strayQuote), ("a,b,c,d,e\nd\n", .tooManyFields),
        ("\(String(repeating: "a", count: 33))\nd\n", .recordTooLong),
        ("\"\(String(repeating: "\n", count: 40))\"\nd\n", .recordTooLong),
    ])
    func tellsAFaultAndGoesOnWithTheNextLine(text: String, expected: TableFault) {
        var limits = TableLimits()
        limits.recordMax = 32
        limits.fieldCountMax = 4
        let records = Self.read(Array(text.utf8), limits: limits)
        #expect(records.map(\.content) == [.failure(expected), .success(["d"])])
    }

    @Test func tellsWhatTheEndOfTheFileCutOff() {
        #expect(Self.read(Array("a\n\"b".utf8)).map(\.content) == [.success(["a"]), .failure(.openQuote)])
        #expect(Self.read(Array("a\r".utf8)).map(\.content) == [.failure(.strayReturn)])
        #expect(Self.read([0x61, 0xFF, 0x0A, 0x62]).map(\.content) == [.failure(.notUTF8), .success(["b"])])
        for start: [UInt8] in [[0xEF, 0xBB, 0x61], [0xEF, 0xBB], [0xEF]] {
            #expect(Self.read(start).map(\.content) == [.failure(.notUTF8)])
        }
    }

    @Test func namesLinesAsAnEditorDoes() {
        let records = Self.read(Array("h\n\"one\ntwo\"\n\nlast\n".utf8))
        #expect(records.map(\.line) == [1, 2, 5])
        #expect(records.map(\.end.offset) == [2, 12, 18])
    }

    /// Octets that are likely to mean something.
    static func text(_ random: inout some RandomNumberGenerator, length: Int) -> [UInt8] {
        let alphabet: [UInt8] = Array("ab,,\"\"\n\r\r\n'=".utf8) + [0xC3, 0xA9, 0xEF, 0xBB, 0xBF, 0xEF, 0xBC, 0xA1]
        return (0..<length).compactMap { _ in alphabet.randomElement(using: &random) }
    }

    @Test func readsTheSameWhereverItIsCut() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<3000 {
            let bytes = Self.text(&random, length: Int.random(in: 0...40, using: &random))
            var limits = TableLimits()
            limits.recordMax = 24
            limits.fieldCountMax = 5
            let whole = Self.read(bytes, limits: limits)
            let cuts = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                Int.random(in: 0...bytes.count, using: &random)
            }
            #expect(Self.read(bytes, cuts: cuts.sorted(), limits: limits) == whole, "\(bytes)")
            #expect(Self.read(bytes, cuts: Array(0...bytes.count), limits: limits) == whole, "\(bytes)")
        }
    }

    @Test func goesOnWhereAnotherReaderStood() {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<2000 {
            let bytes = Self.text(&random, length: Int.random(in: 0...40, using: &random))
            let whole = Self.read(bytes)
            for (index, record) in whole.enumerated() where record.end.offset < bytes.count {
                var reader = CSVReader(at: record.end)
                var rest = bytes[record.end.offset...]
                var following: [TableRecord<[String]>] = []
                while let next = reader.next(&rest) { following.append(next) }
                if let last = reader.finish() { following.append(last) }
                #expect(following == Array(whole[(index + 1)...]), "\(bytes)")
            }
        }
    }

    @Test func holdsOneRecordAndNoMore() {
        var limits = TableLimits()
        limits.recordMax = 1024
        var reader = CSVReader(limits: limits)
        var most = 0
        // A file of nothing but an open quote, one of one endless line, and one of commas.
        for octet in [UInt8(ascii: "\""), UInt8(ascii: "a"), UInt8(ascii: ",")] {
            let block = [UInt8](repeating: octet == 0x22 ? 0x0A : octet, count: 4096)
            var first = [octet][...]
            _ = reader.next(&first)
            for _ in 0..<512 {
                var rest = block[...]
                while reader.next(&rest) != nil {}
                most = max(most, reader.heldByteCount)
            }
            reader = CSVReader(limits: limits)
        }
        // An array grows by doubling.
        #expect(most <= 2 * limits.recordMax + 2 * limits.fieldCountMax * MemoryLayout<Int>.size)
    }
}

/// Numbers that are the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
