// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto

/// A plain-text message as it goes over the wire (RFC 5322, RFC 2045, RFC 2047).
///
/// Nothing that is put into a header field can end it: controls are taken out of all texts, and what is not plain ASCII is
/// written in encoded words.
struct MailMessage: Sendable {
    /// Names this mail, whenever it is sent.
    let id: String
    let from: String
    let fromName: String
    let to: String
    let toName: String
    let subject: String
    /// Lines end with LF here.
    let text: String
    /// Of the date, since 1970.
    let seconds: Int64

    /// The octets, lines ended by CR LF.
    var bytes: [UInt8] {
        let domain = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let fields = [
            "From: \(MailWords.phrase(fromName)) <\(MailWords.plain(from))>",
            "To: \(MailWords.phrase(toName)) <\(MailWords.plain(to))>",
            "Subject: \(MailWords.unstructured(subject))",
            "Date: \(MailDate.text(seconds: seconds))",
            "Message-ID: <\(SHA256.hash(id).hex.prefix(40))@\(MailWords.plain(domain))>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        return Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8) + QuotedPrintable.encode(text)
    }
}

/// Texts in header fields.
enum MailWords {
    /// Octets of text in one encoded word: with its frame it stays below the 75 that are allowed.
    private static let wordBytesMax = 42

    /// A display name: a quoted string, or encoded words.
    static func phrase(_ text: String) -> String {
        let text = withoutControls(text)
        if isPlain(text) {
            return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return encoded(text)
    }

    /// A subject.
    static func unstructured(_ text: String) -> String {
        let text = withoutControls(text)
        return isPlain(text) && !text.contains("=?") ? text : encoded(text)
    }

    /// An address or a domain: visible ASCII without what delimits one; the rest is left out.
    static func plain(_ text: String) -> String {
        String(decoding: text.utf8.filter { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }, as: UTF8.self)
    }

    /// Fits into one line as it is.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= 60 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    private static func withoutControls(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: kept.append(" ")
            default: kept.append(scalar)
            }
        }
        return String(kept)
    }

    /// `=?utf-8?B?…?=`, cut between characters, one to a line.
    private static func encoded(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > wordBytesMax { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(base64($0))?=" }.joined(separator: "\r\n ")
    }

    /// With the alphabet and the padding of RFC 2045.
    private static func base64(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }
}

/// The date of a message (RFC 5322 §3.3), in UTC.
enum MailDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Fri, 27 Nov 2026 10:15:00 +0000`
    static func text(seconds: Int64) -> String {
        // RFC 3339 has the civil date already: 2026-11-27T10:15:00.000Z
        let parts = Timestamp(seconds: seconds).description.split { "-T:.Z".contains($0) }
        let month = Int(parts[1]).map { months[$0 - 1] } ?? months[0]
        let weekday = weekdays[Int(seconds / 86_400) % 7]
        return "\(weekday), \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }
}

/// A body of lines that no mail server changes (RFC 2045 §6.7).
enum QuotedPrintable {
    private static let lineBytesMax = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Lines ended by LF become lines of at most 76 octets ended by CR LF.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") ? 1 : 0)
        {
            encode(line: Array(line.utf8), to: &output)
            output += [0x0D, 0x0A]
        }
        return output
    }

    private static func encode(line: [UInt8], to output: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isBlank && !isLast
            let width = isPlain ? 1 : 3
            // One column is kept for the mark of a line that goes on.
            if column + width > lineBytesMax - 1 {
                output += Array("=\r\n".utf8)
                column = 0
            }
            if isPlain {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            column += width
        }
    }
}
