// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore

/// Somebody with a session and a cart, as a line of the tokens file names them.
struct Buyer: Equatable, Sendable {
    let user: UserID
    let token: String
    let cart: CartID

    /// Reads the `user id<TAB>access token<TAB>cart id` lines that `mve seed --tokens` writes.
    ///
    /// - Throws: `BenchError.usage` with the first wrong line.
    static func load(_ path: String) throws -> [Buyer] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchError.usage(
                "the tokens file \(path) cannot be read; mve seed --buyers N --tokens FILE writes one")
        }
        return try parse(String(decoding: data, as: UTF8.self), from: path)
    }

    static func parse(_ text: String, from path: String) throws -> [Buyer] {
        var buyers: [Buyer] = []
        var seen: Set<UserID> = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3, let user = UserID(String(fields[0])), let cart = CartID(String(fields[2])),
                !fields[1].isEmpty, fields[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw BenchError.usage("\(path):\(number + 1) is not a user id, an access token and a cart id") }
            // Two connections on one cart would refuse each other.
            guard seen.insert(user).inserted else {
                throw BenchError.usage("\(path):\(number + 1) names \(user) again")
            }
            buyers.append(Buyer(user: user, token: String(fields[1]), cart: cart))
        }
        guard !buyers.isEmpty else { throw BenchError.usage("the tokens file \(path) is empty") }
        return buyers
    }
}
