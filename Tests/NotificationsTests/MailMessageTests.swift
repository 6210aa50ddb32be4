// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketHTTP
import Testing

@testable import Notifications

@Suite struct MailMessageTests {
    private func message(subject: String = "Hello", to: String = "Asha", text: String = "Hi\n") -> MailMessage {
        MailMessage(
            id: "mail.send/1", from: "shop@mve.test", fromName: "MVE", to: "asha@example.org", toName: to,
            subject: subject, text: text, seconds: 1_795_774_500)
    }

    private func lines(_ message: MailMessage) -> [String] {
        String(decoding: message.bytes, as: UTF8.self).components(separatedBy: "\r\n")
    }

    @Test func hasTheFieldsOfAMessage() {
        let lines = lines(message())
        #expect(lines[0] == "From: \"MVE\" <shop@mve.test>")
        #expect(lines[1] == "To: \"Asha\" <asha@example.org>")
        #expect(lines[3] == "Date: Fri, 27 Nov 2026 10:15:00 +0000")
        #expect(lines.contains("MIME-Version: 1.0") && lines.contains("Auto-Submitted: auto-generated"))
        #expect(lines.suffix(3) == ["", "Hi", ""])
    }

    @Test(
        "nothing ends a field early",
        arguments: ["a\r\nBcc: x@y.z", "a\nBcc: x", "a\rBcc: x", "a\u{2028}Bcc: x", "a\u{85}Bcc: x", "a\0b"])
    func refusesInjection(text: String) {
        for message in [message(subject: text), message(to: text)] {
            let bytes = message.bytes
            #expect(!lines(message).contains { $0.lowercased().hasPrefix("bcc") })
            // Each line feed has its carriage return, and there is no other control.
            for (index, byte) in bytes.enumerated() where byte < 0x20 {
                #expect(byte == 0x0D || byte == 0x0A && bytes[index - 1] == 0x0D)
            }
        }
    }

    @Test func namesInEncodedWordsComeBack() throws {
        let name = "आशा राव, सुश्री \"A\" — एक बहुत लंबा नाम जो कई शब्दों में जाता है"
        let field = MailWords.phrase(name)
        var decoded: [UInt8] = []
        for word in field.components(separatedBy: "\r\n ") {
            #expect(word.utf8.count <= 75 && word.hasPrefix("=?utf-8?B?") && word.hasSuffix("?="))
            let bytes = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
            // Each word stands for whole characters.
            #expect(String(validating: bytes, as: UTF8.self) != nil)
            decoded += bytes
        }
        #expect(String(decoding: decoded, as: UTF8.self) == name)
        #expect(MailWords.phrase("A \"B\" \\") == #""A \"B\" \\""#)
    }

    @Test func bodiesAreLinesThatNobodyChanges() {
        let text = "a = b \nतैयार\n" + String(repeating: "x", count: 200) + "\n\n.\n"
        let encoded = String(decoding: QuotedPrintable.encode(text), as: UTF8.self)
        let lines = encoded.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 } && lines[0] == "a =3D b=20")
        #expect(decode(encoded) == text.replacing("\n", with: "\r\n"))
    }

    private func decode(_ text: String) -> String {
        var output: [UInt8] = []
        var rest = Array(text.replacing("=\r\n", with: "").utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                output.append(byte)
                continue
            }
            output.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return String(decoding: output, as: UTF8.self)
    }

    @Test("every mail is written in every language", arguments: MailTemplate.allCases)
    func everyTemplateHasItsTexts(template: MailTemplate) {
        let places = [
            "name", "shop", "link", "new_email", "business", "note", "product", "company", "order", "amount",
        ]
        for language in MailLanguage.allCases {
            let text = language.text(of: template)
            let data = Dictionary(uniqueKeysWithValues: places.map { ($0, "<\($0)>") })
            let filled = ([text.subject] + text.lines).map { MailComposer.filled($0, data) }
            #expect(filled.allSatisfy { !$0.isEmpty && !$0.contains("{") && !$0.contains("}") })
        }
        let uses = MailLanguage.allCases.map { language in
            let text = language.text(of: template)
            return Set(places.filter { place in ([text.subject] + text.lines).contains { $0.contains("{\(place)}") } })
        }
        #expect(uses.allSatisfy { $0 == uses[0] }, "the languages use the same places")
    }

    @Test func placesAreFilledOnce() {
        #expect(MailComposer.filled("{a} {b} {c", ["a": "{b}", "b": "x"]) == "{b} x {c")
        #expect(MailComposer.filled("{unknown}", [:]) == "{unknown}")
    }

    @Test func languagesAreChosenByTheLocale() {
        #expect(MailLanguage(locale: "hi-IN") == .hindi && MailLanguage(locale: "hi") == .hindi)
        #expect(MailLanguage(locale: nil) == .english && MailLanguage(locale: "ta-IN") == .english)
    }
}
