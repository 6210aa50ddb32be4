// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore

/// Reads `Idempotency-Key` and what a request with one asks for.
public enum IdempotencyHeader {
    /// How long an answer is kept on ordinary routes.
    public static let retention: Duration = .seconds(24 * 3600)
    /// How long an answer is kept on routes that move money.
    public static let moneyRetention: Duration = .seconds(72 * 3600)

    /// The key of a request; nil where none was sent or the route does not look at it.
    ///
    /// - Throws: `Problem` 400 `idempotency-key-invalid` for a malformed or repeated field, `idempotency-key-required` where
    ///   the route wants one, `idempotency-key-too-weak` for a short key of a principal that others may share.
    public static func key(of request: RequestContext, principal: Principal) throws -> IdempotencyKey? {
        guard [.accepted, .required].contains(request.route.idempotency), !request.method.isSafe else { return nil }
        guard let (value, isRepeated) = request.soleHeader("Idempotency-Key") else {
            if request.route.idempotency == .required { throw Problem(.idempotencyKeyRequired) }
            return nil
        }
        guard !isRepeated else {
            throw Problem(.idempotencyKeyInvalid, detail: "The header field Idempotency-Key is repeated.")
        }
        let key: IdempotencyKey
        do throws(IdempotencyKeyError) {
            key = try IdempotencyKey(fieldValue: value)
        } catch {
            throw Problem(.idempotencyKeyInvalid, detail: explain(error))
        }
        if principal.isWeak, key.bytes.count < IdempotencyKey.weakPrincipalByteCountMin {
            throw Problem(
                .idempotencyKeyTooWeak,
                detail: "Without a login, a key needs at least \(IdempotencyKey.weakPrincipalByteCountMin) characters.")
        }
        return key
    }

    /// Refuses a key on a route whose answer cannot be kept, whatever the method: the client would rely on it.
    static func refuseUnsupported(_ request: RequestContext) throws {
        guard request.route.idempotency == .unsupported, request.header("Idempotency-Key") != nil else { return }
        throw Problem(.idempotencyUnsupported, detail: "The answer is a stream, which is not kept under a key.")
    }

    /// The claim of a request with a key: where it is valid, what is asked for, and how long the answer is kept.
    ///
    /// - Parameter fingerprint: of the body; made from the request when it is not at hand already.
    /// - Throws: as `key(of:principal:)`; `Problem` 400 for a body that has no canonical form.
    public static func claim(
        of request: RequestContext, principal: Principal, retention: Duration = retention, honoursIfMatch: Bool = false,
        fingerprint: RequestFingerprint? = nil
    ) throws -> KeyClaim? {
        guard let key = try key(of: request, principal: principal) else { return nil }
        let body = try fingerprint ?? RequestFingerprint(of: request)
        return KeyClaim(
            digest: IdempotencyScope.digest(
                principal: principal, method: request.method.rawValue, route: request.route.path, key: key),
            fingerprint: self.fingerprint(of: request, body: body, honoursIfMatch: honoursIfMatch),
            retention: retention, user: principal.userID)
    }

    /// What a request asks for, with or without a key.
    public static func fingerprint(
        of request: RequestContext, body: RequestFingerprint, honoursIfMatch: Bool = false
    ) -> Hash32 {
        // With and without its last slash a path is the same route.
        let path = request.path
        return body.value(
            path: path.utf8.last == UInt8(ascii: "/") ? path : path + "/", query: request.query,
            ifMatch: honoursIfMatch ? request.header("If-Match") : nil)
    }

    private static func explain(_ error: IdempotencyKeyError) -> String {
        switch error {
        case .empty: "The key is empty."
        case .tooLong: "The key has more than \(IdempotencyKey.byteCountMax) characters."
        case .invalidCharacter: "The key holds a character other than 0x21 to 0x7E."
        case .malformed: "The key is neither a bare value nor one quoted string without parameters."
        }
    }
}
