// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import UVRuntime

extension Seed {
    /// Accounts, sellers and categories: what products stand on.
    func addBasics(_ report: inout SeedReport) async throws -> SeedStore.Places {
        let hashes = try await hashes(SeedAccount.all.map(\.password))
        let numbers = SeedNumbers(.accounts)
        let users = zip(SeedAccount.all, hashes).map { account, hash in
            SeedUser(
                id: numbers.next(), email: account.email, passwordHash: hash, fullName: account.fullName,
                roles: account.roles, permissions: account.permissions)
        }
        let sellerNumbers = SeedNumbers(.sellers)
        let sellers = SeedSeller.all.map { _ in sellerNumbers.next() }
        let ratings = SeedSeller.all.indices.map { position in
            var dice = SeedDice(.sellers, position)
            let count = dice.number(40...4000)
            return (count: count, sum: Int64(count * dice.number(360...480) / 100))
        }
        let tree = SeedTree()
        let added = try await inTransaction { store in
            let accounts = try await store.addUsers(users)
            // The account may have been registered by hand before, and may own a seller of its own.
            var owner = try await store.user(email: SeedAccount.seller.email)
            if let user = owner, try await store.ownsSeller(user) { owner = nil }
            let sellers = try await store.addSellers(SeedSeller.all, ids: sellers, owner: owner, ratings: ratings)
            return (accounts: accounts, sellers: sellers, categories: try await store.addCategories(tree.nodes))
        }
        (report.accounts, report.sellers, report.categories) = added
        return SeedStore.Places(sellers: sellers, categories: tree.ids)
    }

    /// Products in chunks, each in a transaction of its own: a seed that is interrupted is completed by the next one.
    func addProducts(
        _ count: Int, to places: SeedStore.Places, _ report: inout SeedReport, next: () -> SeedProduct?
    ) async throws {
        var rest = count
        while rest > 0 {
            var products: [SeedProduct] = []
            while products.count < min(rest, Self.chunk), let product = next() { products.append(product) }
            rest -= products.count
            let chunk = products
            let added = try await inTransaction { try await $0.add(chunk, to: places) }
            report.products += added.products
            report.variants += added.variants
        }
    }

    /// Buyers with their carts, and with sessions if tokens are wanted. Carts are filled from the SKUs of the same command, or
    /// else from those of earlier ones.
    func addBuyers(_ report: inout SeedReport) async throws -> [SeedBuyers.Buyer] {
        guard options.buyers > 0 else { return [] }
        // One hash for all: it is the same public password, and 10,000 hashes would take minutes.
        let hash = try await hashes([SeedAccount.buyerPassword])[0]
        let skus = options.skus > 0 ? options.skus : try await inTransaction { try await $0.loadVariants() }
        var iterator = SeedBuyers(passwordHash: hash, skus: SeedLoadProducts.variants(skus))
        var all: [SeedBuyers.Buyer] = []
        let wantsSessions = options.tokensFile != nil
        while all.count < options.buyers {
            var buyers: [SeedBuyers.Buyer] = []
            while buyers.count < min(options.buyers - all.count, Self.buyersChunk), let buyer = iterator.next() {
                buyers.append(buyer)
            }
            all += buyers
            let chunk = buyers
            let added = try await inTransaction { store in
                let added = try await store.addUsers(chunk.map(\.user))
                let users = chunk.map(\.user.id)
                _ = try await store.addCarts(chunk.map(\.cart), of: users)
                let filled = try await store.fillEmptyCarts(of: users, with: chunk.flatMap(\.lines))
                if wantsSessions { try await store.openSessions(chunk.map(\.session), of: users) }
                return (buyers: added, carts: filled)
            }
            report.buyers += added.buyers
            report.carts += added.carts
        }
        return all
    }

    /// Writes `user id<TAB>access token<TAB>cart id` lines, readable by the owner of the file alone.
    func writeTokens(_ buyers: [SeedBuyers.Buyer], to path: String, _ tokens: AccessTokens) async throws -> Int {
        var carts: [Int64?] = []
        for start in stride(from: 0, to: buyers.count, by: Self.buyersChunk) {
            let users = buyers[start..<min(start + Self.buyersChunk, buyers.count)].map(\.user.id)
            carts += try await inTransaction { try await $0.carts(of: users) }
        }
        var text = ""
        text.reserveCapacity(buyers.count * 512)
        var lines = 0
        for (buyer, cart) in zip(buyers, carts) {
            // A buyer without a cart would be one whose mail address somebody had registered before.
            guard let cart else { continue }
            let user = UserID(rawValue: buyer.user.id)
            let token = try await tokens.issue(
                user: user, session: SessionID(rawValue: buyer.session), audience: .all,
                lifetime: AccessTokens.lifetimeMax)
            text += "\(user)\t\(token)\t\(CartID(rawValue: cart))\n"
            lines += 1
        }
        // Made anew, so that the permissions are those of a new file.
        try? FileManager.default.removeItem(atPath: path)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw SeedError.tokensFile(path) }
        return lines
    }
}
