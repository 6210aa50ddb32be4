// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import TestSupport
import Testing

/// Somebody with a token, who asks whichever server is there until he is answered.
struct Visitor: Sendable {
    let shop: CrashShop
    let token: String
    /// The server that he goes to as long as it is there.
    let server: Int

    /// A server was there, and nobody was served.
    struct Unserved: Error {
        let wish: Wish
        let attempts: Int
    }

    /// Attempts before he says that he is not served: minutes, at the pauses below.
    private static let attemptsMax = 4000

    /// Sends a wish until it is answered.
    func send(_ wish: Wish) async throws -> Acknowledged {
        var failed: Int?
        var lost = 0
        for _ in 0..<Self.attemptsMax {
            let door = try await shop.doors.enter(preferring: server, after: failed)
            let answer: TestClient.Answer
            do {
                answer = try await send(wish, through: door)
                let isBusy = answer.status == 409 && answer.code == "idempotency-in-progress"
                if isBusy || [503, 504].contains(answer.status) {
                    lost += 1
                    try await door.client.backOff(.milliseconds(25))
                    continue
                }
            } catch is HTTPClientError {
                failed = door.number
                lost += 1
                continue
            }
            return Acknowledged(wish: wish, answer: answer, lost: lost)
        }
        throw Unserved(wish: wish, attempts: lost)
    }

    /// Sends a wish once, to a server that is not going to live to answer it, and leaves it at that.
    func sendInVain(_ wish: Wish) async throws {
        let door = try await shop.doors.enter(preferring: server, after: nil)
        await #expect(throws: HTTPClientError.self) { try await send(wish, through: door) }
    }

    private func send(_ wish: Wish, through door: Doors.Door) async throws -> TestClient.Answer {
        try await door.client.send(
            wish.method, wish.path, wish.method == "GET" ? nil : wish.body, token: token, key: wish.key)
    }
}
