// SPDX-License-Identifier: Apache-2.0

/// Codes answers with gzip where it pays: one per loop.
///
/// A coded answer is another representation: its entity tag gets the suffix `-gzip` inside the quotes, which `EntityTag` and
/// 304 answers know, and every answer that might have been coded says `Vary: Accept-Encoding`.
struct AnswerCoding {
    /// The longest body that is coded.
    private let lengthMax: Int
    /// Made when it is first needed.
    private var encoder: GzipEncoder?

    init(_ configuration: HTTPServerConfiguration) {
        lengthMax = configuration.gzipMax
    }

    /// The answer as it is sent. The caller has seen that it is long enough, or a 304.
    mutating func apply(_ response: HTTPResponse, to head: RequestHead) -> HTTPResponse {
        if response.status.code == 304 { return Self.notModified(response, head) }
        guard Self.isEligible(response) else { return response }
        var response = response
        Self.addVary(&response)
        let isCodedHere = response.gzipBody == nil
        guard !isCodedHere || response.body.count <= lengthMax, AcceptEncoding.prefersGzip(head),
            let body = isCodedHere ? encode(response.body) : response.gzipBody
        else { return response }
        response.body = body
        response.headers.append(HTTPHeader("Content-Encoding", "gzip"))
        response.headers = response.headers.map { header in
            header.isNamed("ETag") ? Self.suffixed(header.value).map { HTTPHeader("ETag", $0) } ?? header : header
        }
        return response
    }

    private mutating func encode(_ body: [UInt8]) -> [UInt8]? {
        if encoder == nil { encoder = GzipEncoder() }
        return encoder?.encode(body)
    }

    /// The tag of what the client has: coded, where it names that.
    private static func notModified(_ response: HTTPResponse, _ head: RequestHead) -> HTTPResponse {
        guard isCompressible(response.contentType),
            let index = response.headers.firstIndex(where: { $0.isNamed("ETag") })
        else { return response }
        var response = response
        addVary(&response)
        guard let coded = suffixed(response.headers[index].value) else { return response }
        let isNamed = head.fields.contains { field in
            head.isNamed(field, "if-none-match") && head.bytes[field.value].firstRange(of: Array(coded.utf8)) != nil
        }
        if isNamed { response.headers[index] = HTTPHeader("ETag", coded) }
        return response
    }

    /// A strong tag with the suffix; a weak one says of both codings that they mean the same.
    private static func suffixed(_ tag: String) -> String? {
        guard tag.utf8.first == UInt8(ascii: "\""), tag.utf8.last == UInt8(ascii: "\""), tag.utf8.count > 1 else {
            return nil
        }
        return tag.dropLast() + HTTPResponse.codedTagSuffix + "\""
    }

    private static func addVary(_ response: inout HTTPResponse) {
        let isSaid = response.headers.contains { header in
            header.isNamed("Vary")
                && (header.value == "*" || header.value.utf8.contains(lowered: "accept-encoding"))
        }
        if !isSaid { response.headers.append(HTTPHeader("Vary", "Accept-Encoding")) }
    }

    private static func isEligible(_ response: HTTPResponse) -> Bool {
        guard !response.status.forbidsBody, response.status.code != 206, isCompressible(response.contentType) else {
            return false
        }
        return !response.headers.contains { header in
            header.isNamed("Content-Encoding")
                || header.isNamed("Cache-Control") && header.value.utf8.contains(lowered: "no-transform")
        }
    }

    private static func isCompressible(_ type: HTTPContentType) -> Bool {
        switch type {
        case .json, .problem, .text, .html: return true
        case .bytes: return false
        case .other(let text):
            let essence = text.prefix { $0 != ";" && $0 != " " }.lowercased()
            return essence.hasPrefix("text/") || essence.hasSuffix("+json") || essence.hasSuffix("+xml")
                || [
                    "application/json", "application/xml", "application/javascript", "application/yaml",
                    "application/x-ndjson", "application/openmetrics-text",
                ].contains(essence)
        }
    }
}

extension String.UTF8View {
    /// Whether a lower-case ASCII text stands anywhere in it, whatever the case; an octet at a time, as nearly every answer is
    /// asked.
    fileprivate func contains(lowered text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            withContiguousStorageIfAvailable { Self.contains(text, in: $0) }
                ?? Array(self).withUnsafeBufferPointer { Self.contains(text, in: $0) }
        }
    }

    private static func contains(_ text: UnsafeBufferPointer<UInt8>, in value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first, value.count >= text.count else { return false }
        for start in 0...value.count - text.count where value[start].lowered == first {
            if text.indices.allSatisfy({ value[start + $0].lowered == text[$0] }) { return true }
        }
        return false
    }
}

extension HTTPResponse {
    /// What stands at the end of an entity tag whose representation is coded.
    public static var codedTagSuffix: String { "-gzip" }
}

extension HTTPResponse {
    /// A body that never changes, in gzip; nil where that is hardly shorter.
    public static func gzipBody(of body: [UInt8]) -> [UInt8]? { GzipEncoder()?.encode(body) }
}
