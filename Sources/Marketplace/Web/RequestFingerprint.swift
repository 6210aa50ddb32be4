// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
import MarketCrypto

/// Tells whether two requests with one idempotency key ask for the same thing.
///
/// SHA-256 over length-prefixed fields: a version tag, the path, the canonical query, the media type, the hash of the body in
/// its canonical form and, where the route honours it, `If-Match`. Spellings that mean the same (member order, white space,
/// escapes, parameter order) give the same fingerprint; `1` and `1.0` do not.
public struct RequestFingerprint: Sendable {
    private let media: MediaType?
    private let bodyHash: Digest256

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - contentType: the value of Content-Type; nil when there is none.
    ///   - body: all bytes, content coding removed.
    /// - Throws: `Problem` 400 for a JSON body with duplicate members, invalid UTF-8 or another fault, and for a broken form
    ///   of either kind, 413 for one that is too large: the key stays unused.
    public init(contentType: String?, body: [UInt8]) throws {
        let media = contentType.flatMap(MediaType.init)
        self.media = media
        switch media?.bodyForm {
        case .json where !body.isEmpty:
            bodyHash = try Self.hash { () throws(JSONError) in try JSONDocument(parsing: body) }
        case .form: bodyHash = Self.hash(form: try QueryItems(form: body))
        case .multipart: bodyHash = Self.hash(parts: try FormPart.parts(of: body, contentType: contentType ?? ""))
        default: bodyHash = SHA256.hash(body)
        }
    }

    /// Takes the body of a request, which is parsed once for this and for the endpoint.
    ///
    /// A body that waits on the disk is hashed as it is, whatever its media type.
    ///
    /// - Throws: as `init(contentType:body:)`.
    public init(of request: RequestContext) throws {
        let media = request.header("Content-Type").flatMap(MediaType.init)
        self.media = media
        if let file = request.file {
            bodyHash = file.digest
            return
        }
        switch media?.bodyForm {
        case .json where !request.body.isEmpty:
            bodyHash = try Self.hash { () throws(JSONError) in try request.parsedJSON() }
        case .form: bodyHash = Self.hash(form: try request.form())
        case .multipart: bodyHash = Self.hash(parts: try request.multipart())
        default: bodyHash = SHA256.hash(request.body)
        }
    }

    private static func hash(_ parse: () throws(JSONError) -> JSONDocument) throws -> Digest256 {
        do throws(JSONError) {
            return SHA256.hash(try parse().canonical())
        } catch {
            throw error.problem
        }
    }

    /// The hash of the canonical body.
    public var body: Hash32 { Hash32(bodyHash) }

    /// The fingerprint.
    ///
    /// - Parameters:
    ///   - path: as routed: percent-decoded once.
    ///   - query: names and values in the order sent.
    ///   - ifMatch: the field's value, on routes that honour it.
    public func value(
        path: String, query: QueryItems = QueryItems(), ifMatch: String? = nil
    ) -> Hash32 {
        var fields = HashedFields()
        fields.add("mve-request-1")
        fields.add(path)
        fields.add(PercentEncoding.canonicalQuery(query))
        fields.add(media?.canonical ?? "")
        fields.add(bodyHash)
        if let ifMatch { fields.add(ifMatch) }
        return Hash32(fields.hash)
    }

    private static func hash(form: QueryItems) -> Digest256 {
        var hasher = SHA256Hasher()
        for pair in form.pairs {
            hasher.updateLengthPrefixed(pair.name)
            hasher.updateLengthPrefixed(pair.value)
        }
        return hasher.finalize()
    }

    /// The boundary stands between the parts and says nothing.
    private static func hash(parts: [FormPart]) -> Digest256 {
        var fields = HashedFields()
        for part in parts {
            fields.add(part.name)
            // A file without a name is a file still.
            fields.add(part.fileName.map { "=" + $0 } ?? "")
            fields.add(part.mediaType.flatMap(MediaType.init)?.canonical ?? "")
            fields.add(part.digest)
        }
        return fields.hash
    }
}
