// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketCrypto

/// Finds out on whose behalf a request acts.
public struct Principals: Sendable {
    private let clients: ClientTokens
    private let addresses: HMACSHA256

    /// Derives the keys from the server's secret.
    public init(secret: SecretKey, clients: ClientTokens) {
        self.clients = clients
        addresses = HMACSHA256(key: secret.key(for: "address-principal"))
    }

    /// The user; else the client whose token was sent; else, weakly, the client's address (behind our own proxies the one that they
    /// name) with the User-Agent.
    ///
    /// - Parameter acceptsClientToken: false on the routes of authentication, where a cart's token proves nothing.
    public func principal(
        of request: RequestContext, caller: Caller?, acceptsClientToken: Bool = true
    ) -> Principal {
        if let caller { return caller.principal }
        if acceptsClientToken, let token = request.header(ClientTokens.header), let client = clients.client(of: token) {
            return .client(client)
        }
        var hasher = SHA256Hasher()
        hasher.updateLengthPrefixed(request.clientAddress)
        hasher.updateLengthPrefixed(request.header("User-Agent") ?? "")
        return .address(Hash32(addresses.code(hasher.finalize().bytes)))
    }
}
