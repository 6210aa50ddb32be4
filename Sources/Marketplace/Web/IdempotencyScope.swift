// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import MarketCrypto

/// Where an idempotency key is valid: for one principal, on one method of one route.
public enum IdempotencyScope {
    /// The digest by which a key is looked up: SHA-256 over the length-prefixed principal, method, route template and key.
    ///
    /// The same key of another user, method or route has another digest, so no foreign row can be found by guessing.
    public static func digest(principal: Principal, method: String, route: String, key: IdempotencyKey) -> Hash32 {
        var fields = HashedFields()
        fields.add("mve-key-1")
        fields.add(principal.canonicalBytes)
        fields.add(method)
        fields.add(route)
        fields.add(key.bytes)
        return Hash32(fields.hash)
    }

    /// The digest of a key row that the server makes for a request without a key: it belongs to that request alone.
    ///
    /// - Parameter requestNumber: an id that is never made twice.
    public static func digest(internalRequest requestNumber: Int64) -> Hash32 {
        var fields = HashedFields()
        fields.add("mve-internal-1")
        fields.add(String(requestNumber))
        return Hash32(fields.hash)
    }
}
