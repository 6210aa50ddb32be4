// SPDX-License-Identifier: Apache-2.0
import Tabular
import Testing

@Suite struct LineReaderTests {
    private func read(_ bytes: [UInt8], cuts: [Int] = [], limits: TableLimits = TableLimits()) -> [TableRecord<[UInt8]>]
    {
        var reader = LineReader(limits: limits)
        var lines: [TableRecord<[UInt8]>] = []
        var from = 0
        for cut in cuts + [bytes.count] {
            var rest = bytes[from..<cut]
            while let line = reader.next(&rest) { lines.append(line) }
            from = cut
        }
        if let last = reader.finish() { lines.append(last) }
        return lines
    }

    @Test(arguments: [
        ("{}\n{}\r\n", ["{}", "{}"]), ("{}", ["{}"]), ("\n \t\n\r\n{}\n\n", ["{}"]), ("\u{FEFF}{}\n", ["{}"]), ("", []),
        ("\u{FB01}\n", ["\u{FB01}"]), ("\u{FEC0}", ["\u{FEC0}"]),
    ])
    func takesALineAtATime(text: String, expected: [String]) throws {
        let lines = try read(Array(text.utf8)).map { String(decoding: try $0.content.get(), as: UTF8.self) }
        #expect(lines == expected)
    }

    @Test func tellsALineThatIsTooLongAndGoesOn() {
        var limits = TableLimits()
        limits.recordMax = 8
        let lines = read(Array("123456789\nab\n".utf8), limits: limits)
        #expect(lines.map(\.content) == [.failure(.recordTooLong), .success([0x61, 0x62])])
        #expect(lines.map(\.line) == [1, 2])
        #expect(lines.map(\.end.offset) == [10, 13])
    }

    @Test func readsTheSameWhereverItIsCut() {
        var random = SeededGenerator(seed: 10)
        var limits = TableLimits()
        limits.recordMax = 12
        for _ in 0..<2000 {
            let bytes = CSVReaderTests.text(&random, length: Int.random(in: 0...40, using: &random))
            let whole = read(bytes, limits: limits)
            #expect(read(bytes, cuts: Array(0...bytes.count), limits: limits) == whole, "\(bytes)")
            for (index, line) in whole.enumerated() where line.end.offset < bytes.count {
                var reader = LineReader(at: line.end, limits: limits)
                var rest = bytes[line.end.offset...]
                var following: [TableRecord<[UInt8]>] = []
                while let next = reader.next(&rest) { following.append(next) }
                if let last = reader.finish() { following.append(last) }
                #expect(following == Array(whole[(index + 1)...]), "\(bytes)")
            }
        }
    }
}
