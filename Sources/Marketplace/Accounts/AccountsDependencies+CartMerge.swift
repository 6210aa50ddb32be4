// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketHTTP

extension AccountsDependencies {
    /// Takes over the cart that the client filled before it logged in. The login stands even where that fails: the client
    /// still has its token, and the next login merges again.
    func mergeCart(of request: RequestContext, into user: UserID) async {
        guard let token = request.header(ClientTokens.header), let client = clients.client(of: token) else { return }
        do {
            try await ports.mergeCart(client, user)
        } catch {
            logger.warning("a guest cart was not merged", metadata: ["user": "\(user)", "reason": "\(error)"])
        }
    }
}
