// SPDX-License-Identifier: Apache-2.0

/// What the head of a part says (RFC 7578).
struct MultipartHead: Equatable, Sendable {
    /// The field's name.
    let name: String
    /// Sanitised; nil for a field.
    let fileName: String?
    /// As it was sent, in visible ASCII; nil when there is none.
    let mediaType: String?

    /// Reads the lines of a head with their line ends; the last line is empty.
    init(_ octets: [UInt8]) throws(ParseFailure) {
        let lines = try Self.lines(octets)
        var disposition: ParameterList?
        var mediaType: String?
        for (name, value) in lines {
            switch name {
            case Self.dispositionName:
                guard disposition == nil, let read = ParameterList(value), read.isNamed("form-data") else {
                    throw .malformed("Content-Disposition of a part must be one form-data.")
                }
                disposition = read
            case Self.typeName:
                guard mediaType == nil, ParameterList(value) != nil, value.allSatisfy({ $0 < 0x80 }) else {
                    throw .malformed("Content-Type of a part must be one media type.")
                }
                mediaType = String(decoding: value, as: UTF8.self)
            case Self.codingName:
                // Any other would have to be decoded, and nobody sends one (RFC 7578 §4.7).
                guard ["binary", "8bit", "7bit"].contains(String(decoding: value.map(\.lowered), as: UTF8.self)) else {
                    throw .malformed("A part has a Content-Transfer-Encoding.")
                }
            // Others are to be ignored (RFC 7578 §4.8).
            default: break
            }
        }
        guard let disposition, let name = disposition["name"], !name.isEmpty, disposition["filename*"] == nil else {
            throw .malformed("A part has no name, or one of another kind than form-data has.")
        }
        self.name = try Self.text(name)
        fileName = try disposition["filename"].map { (name) throws(ParseFailure) in
            Self.sanitised(try Self.text(name))
        }
        self.mediaType = mediaType
    }

    private static let dispositionName = Array("content-disposition".utf8)
    private static let typeName = Array("content-type".utf8)
    private static let codingName = Array("content-transfer-encoding".utf8)

    /// Names in lower case, with their values; by the rules of request heads.
    private static func lines(_ octets: [UInt8]) throws(ParseFailure) -> [(name: [UInt8], value: ArraySlice<UInt8>)] {
        var lines: [(name: [UInt8], value: ArraySlice<UInt8>)] = []
        var start = 0
        try octets.withUnsafeBufferPointer { (bytes) throws(ParseFailure) in
            guard let base = bytes.baseAddress else { return }
            while let end = octets[start...].firstIndex(of: 0x0A) {
                guard end > start, octets[end - 1] == 0x0D else { throw .malformed("A line does not end in CRLF.") }
                if end - 1 > start {
                    let field = try FieldLine.parse(base, start, end - 1)
                    let name = octets[start..<start + Int(field.nameLength)].map(\.lowered)
                    lines.append((name, octets[field.value]))
                }
                start = end + 1
            }
        }
        return lines
    }

    private static func text(_ octets: [UInt8]) throws(ParseFailure) -> String {
        guard octets.withUnsafeBufferPointer(UTF8Check.isValid) else { throw .malformed("A name is not UTF-8 text.") }
        return String(decoding: octets, as: UTF8.self)
    }

    /// The last component of a path, without what could hide or change what is seen, of at most 255 octets. For display
    /// alone: nothing is ever stored under it.
    static func sanitised(_ name: String) -> String {
        let last = name.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? []
        var out = String.UnicodeScalarView()
        var count = 0
        for scalar in last {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: continue
            default: break
            }
            if out.isEmpty, scalar == "." || scalar == " " { continue }
            count += UTF8.width(scalar)
            if count > 255 { break }
            out.append(scalar)
        }
        return String(out)
    }
}
