// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto
import MarketHTTP

/// A body that never changes while the server runs, plain and in gzip, with its tag: nothing but comparing the tag is left
/// for the request.
struct ConstantBody: Sendable {
    private let contentType: HTTPContentType
    private let body: [UInt8]
    private let gzipBody: [UInt8]?
    private let tag: EntityTag
    private let caching: HTTPHeader

    init(_ contentType: HTTPContentType, _ body: [UInt8], caching: String) {
        self.contentType = contentType
        self.body = body
        self.caching = HTTPHeader("Cache-Control", caching)
        gzipBody = HTTPResponse.gzipBody(of: body)
        tag = EntityTag(opaque: String(SHA256.hash(body).hex.prefix(16)))
    }

    /// 200, or 304 for who has it already.
    func response(to request: RequestContext, headers: [HTTPHeader] = []) -> HTTPResponse {
        let headers = [tag.header, caching] + headers
        if tag.isNamed(byIfNoneMatch: request.header("If-None-Match")) {
            return HTTPResponse(.notModified, headers: headers)
        }
        var response = HTTPResponse(.ok, contentType: contentType, headers: headers, body: body)
        response.gzipBody = gzipBody
        return response
    }
}
