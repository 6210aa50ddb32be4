// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// The versions of the API's behaviour, of which a client pins one with `X-Api-Version`.
///
/// A version is the date from which it holds. There is one; what differs between two is asked for with `version(of:)`.
/// A date that names none is refused rather than rounded: a client that pins what this server does not know would rely on
/// something else than it gets.
public enum APIVersions {
    /// The header field, in requests and in the answers to those that have it.
    public static let header: StaticString = "X-Api-Version"
    /// Oldest first.
    public static let all = ["2026-12-01"]

    /// The version that a request pins, else the newest.
    ///
    /// - Throws: `Problem` 400 `malformed-request` for a repeated field and for anything that is no version of ours.
    public static func version(of request: RequestContext) throws -> String {
        guard let sent = try request.singleHeader(header) else { return all[all.count - 1] }
        guard all.contains(where: { $0.utf8.elementsEqual(sent.utf8) }) else {
            throw Problem(
                .malformedRequest, detail: "\(header) must be a version of this API.",
                members: [("api_versions", .strings(all))])
        }
        return sent
    }

    /// Checks the field of every request that has it, and says in the answer what was taken.
    public static let middleware: Middleware = { _, next in
        { request in
            guard request.headerBytes(header) != nil else { return try await next(request) }
            let version = try version(of: request)
            var response = try await next(request)
            response.headers.append(HTTPHeader("\(header)", version))
            return response
        }
    }
}
