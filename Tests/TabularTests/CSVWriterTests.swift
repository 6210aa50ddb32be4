// SPDX-License-Identifier: Apache-2.0
import Tabular
import Testing

@Suite struct CSVWriterTests {
    private func written(_ records: [[String]]) -> [UInt8] {
        var writer = CSVWriter()
        for record in records {
            for field in record { writer.text(field) }
            writer.endRecord()
        }
        return writer.bytes
    }

    @Test func writesWhatRFC4180Says() {
        var writer = CSVWriter()
        writer.text("plain")
        writer.text("a,\"b\"\r\nc")
        writer.number(-5)
        writer.optionalText(nil)
        writer.number(nil)
        writer.endRecord()
        writer.text("")
        writer.endRecord()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "plain,\"a,\"\"b\"\"\r\nc\",-5,,\r\n\"\"\r\n")
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''-"])
    func noTextIsAFormula(text: String) {
        let defused = CSVFormula.defused(text)
        #expect(defused == "'" + text)
        #expect(CSVFormula.restored(defused) == text)
        #expect(CSVFormula.restored("x" + text) == "x" + text)
    }

    @Test(arguments: ["", "a", "'", "''", "'quoted'", "a=b", "'tis", " =1"]) func leavesOrdinaryTextsAlone(text: String)
    {
        #expect(CSVFormula.defused(text) == text)
        #expect(CSVFormula.restored(text) == text)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var random = SeededGenerator(seed: 9)
        let alphabet: [String] = ["a", "é", ",", "\"", "\r", "\n", "\r\n", "'", "=", "-", " ", "\u{FEFF}", "अ", "Ａ"]
        for _ in 0..<3000 {
            let records = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in alphabet.randomElement(using: &random)
                    }
                    .joined()
                }
            }
            let read = try CSVReaderTests.read(written(records)).map { try $0.content.get().map(CSVFormula.restored) }
            #expect(read == records)
        }
    }
}
