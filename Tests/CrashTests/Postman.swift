// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import LocalServices
import MarketCore
import MarketCrypto
import TestSupport
import Testing

/// Delivers the provider's events in its place: as often and in whichever order as somebody pleases, to any server.
struct Postman: Sendable {
    let shop: CrashShop

    /// One delivery of an event.
    struct Letter: Sendable {
        let event: String
        let body: String
        /// The server that it is for, as long as that is there.
        let server: Int
    }

    /// At once.
    private static let hands = 16

    /// Delivers all; each is brought again until it is answered, as the provider would.
    ///
    /// - Parameter middle: done when half of them have been answered, while the others go on.
    func deliver(_ letters: [Letter], _ middle: @escaping @Sendable () async throws -> Void) async throws {
        let answered = Progress()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await answered.orders(more: letters.count / 2)
                try await middle()
            }
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { hands in
                    for hand in 0..<Self.hands {
                        hands.addTask {
                            for letter in letters[hand...].striding(by: Self.hands) {
                                try await bring(letter)
                                await answered.orderAcknowledged()
                            }
                        }
                    }
                    try await hands.waitForAll()
                }
                await answered.end()
            }
            try await group.waitForAll()
        }
    }

    private func bring(_ letter: Letter) async throws {
        let key = Array(shop.sandbox.credentials.webhookSecret.utf8)
        let headers = [
            (name: "X-Razorpay-Event-Id", value: letter.event),
            (name: "X-Razorpay-Signature", value: HMACSHA256.code(Array(letter.body.utf8), key: key).hex),
        ]
        var failed: Int?
        // As often as a shopper asks again.
        for _ in 0..<4000 {
            let door = try await shop.doors.enter(preferring: letter.server, after: failed)
            do {
                let answer = try await door.client.send(
                    "POST", "/api/payments/webhook/", letter.body, headers: headers)
                if answer.status == 200 { return }
                try #require([503, 504].contains(answer.status), "\(answer.status) \(answer.text) to \(letter.body)")
                try await door.client.backOff(.milliseconds(25))
            } catch is HTTPClientError {
                failed = door.number
            }
        }
        throw CrashShop.Unseen()
    }
}

extension Collection where Index == Int {
    /// Every so manieth, from the first on.
    fileprivate func striding(by step: Int) -> [Element] {
        stride(from: startIndex, to: endIndex, by: step).map { self[$0] }
    }
}
