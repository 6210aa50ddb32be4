// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCrypto

/// Entity tags: `"v3"` for the third version of an object, a hash for what is made of many, both (`"v3-9f86d081884c7d65"`) for an
/// object that is shown with what changes without its version (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable {
    /// The field value, quotes included.
    public let value: String

    /// The tag of an object's version.
    public init(version: Int64) {
        value = "\"v\(version)\""
    }

    /// A tag of an opaque text of visible ASCII without quotes, such as a hash in hexadecimal.
    public init(opaque text: String) {
        value = "\"\(text)\""
    }

    /// The header field of an answer.
    public var header: HTTPHeader { HTTPHeader("ETag", value) }

    /// Whether `If-None-Match` names this tag, so that 304 is the answer. Weak tags match, too, and so does the tag of the
    /// same in gzip.
    public func isNamed(byIfNoneMatch field: String?) -> Bool {
        guard let field else { return false }
        return Self.tags(field).contains { tag in
            let strong = tag.drop(prefix: "W/")
            return tag == "*" || strong == value[...] || strong == coded[...]
        }
    }

    /// The tag of the answer in gzip, which the server makes.
    private var coded: String { value.dropLast() + HTTPResponse.codedTagSuffix + "\"" }

    /// The version that a request expects by `If-Match`, or nil where it does not say.
    ///
    /// - Throws: `Problem` 412 `version-conflict` for a tag that names no version: it cannot be the current one.
    public static func expectedVersion(of request: RequestContext) throws -> Int64? {
        guard let field = try request.singleHeader("If-Match") else { return nil }
        let tags = tags(field)
        if tags.contains("*") { return nil }
        guard tags.count == 1, let version = version(of: tags[0]) else {
            throw Problem(.versionConflict, detail: "If-Match names no version of this object.")
        }
        return version
    }

    private static func version(of tag: Substring) -> Int64? {
        guard tag.hasPrefix("\"v"), tag.hasSuffix("\""), tag.utf8.count > 3 else { return nil }
        // The same version, whatever coding it was read in.
        let parts = tag.dropFirst(2).dropLast().drop(suffix: HTTPResponse.codedTagSuffix)
            .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        // What is shown beside the version may be old: the version alone is what a change is made from.
        guard parts.count == 1 || isHash(parts[1]) else { return nil }
        let digits = parts[0]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits)
    }

    /// As ``init(contentOf:prefix:)`` writes it.
    private static func isHash(_ text: Substring) -> Bool {
        text.utf8.count == hashCount
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Hexadecimal digits of a hash.
    private static let hashCount = 16

    /// The elements of a list; our own tags hold no comma.
    private static func tags(_ field: String) -> [Substring] {
        field.split(separator: ",").map { element in
            element.drop { $0 == " " || $0 == "\t" }
        }.map { element in
            element[
                ..<(element.lastIndex { $0 != " " && $0 != "\t" }.map { element.index(after: $0) } ?? element.startIndex)
            ]
        }
    }
}

extension EntityTag {
    /// The tag of an answer that is made of many rows: 16 hexadecimal digits of its hash, behind `prefix`.
    public init(contentOf body: [UInt8], prefix: String = "") {
        self.init(opaque: prefix + String(SHA256.hash(body).hex.prefix(Self.hashCount)))
    }
}

extension HTTPResponse {
    /// The answer with the tag of its body, or 304 without a body when the client has it already.
    ///
    /// - Parameter prefix: what stands in the tag before the digits of the body's hash.
    public func tagged(for request: RequestContext, prefix: String = "") -> HTTPResponse {
        let tag = EntityTag(contentOf: body, prefix: prefix)
        if tag.isNamed(byIfNoneMatch: request.header("If-None-Match")) {
            return HTTPResponse(.notModified, headers: headers + [tag.header])
        }
        var response = self
        response.headers.append(tag.header)
        return response
    }
}

extension Substring {
    fileprivate func drop(prefix: String) -> Substring {
        hasPrefix(prefix) ? dropFirst(prefix.count) : self
    }

    fileprivate func drop(suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self
    }
}
