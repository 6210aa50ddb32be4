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
    /// - Throws: `Problem` 400 for a JSON body with duplicate members, invalid UTF-8 or another fault, and for a broken form:
    ///   the key stays unused.
    public init(contentType: String?, body: [UInt8]) throws {
        try self.init(contentType, body) { () throws(JSONError) in try JSONDocument(parsing: body) }
    }

    /// Takes the body of a request, which is parsed once for this and for the endpoint.
    ///
    /// - Throws: as `init(contentType:body:)`.
    public init(of request: RequestContext) throws {
        try self.init(request.header("Content-Type"), request.body) { () throws(JSONError) in try request.parsedJSON() }
    }

    private init(_ contentType: String?, _ body: [UInt8], parse: () throws(JSONError) -> JSONDocument) throws {
        let media = contentType.flatMap(MediaType.init)
        self.media = media
        switch media?.bodyForm {
        case .json where !body.isEmpty:
            do throws(JSONError) {
                bodyHash = SHA256.hash(try parse().canonical())
            } catch {
                throw error.problem
            }
        case .form:
            bodyHash = Self.hash(form: try QueryItems(decoding: body))
        default:
            bodyHash = SHA256.hash(body)
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
}
