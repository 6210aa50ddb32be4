// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import TestSupport
import Testing

/// A server that is asked to end answers what has begun, and nothing new.
@Suite(.timeLimit(.minutes(10))) struct DrainTests {
    @Test func aRequestThatHasBegunIsAnswered() async throws {
        try await LiveShop.with { shop in
            let buyer = try await shop.buyers(1)[0]
            let server = try await ServerProcess.start(shop.settings)
            let port = try #require(UInt16(server.url.split(separator: ":").last ?? ""))
            let body = LiveShop.order()
            let connection = try RawSocket(port: port)
            try connection.send(
                """
                POST /api/orders/create/ HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(buyer.token)\r\n\
                Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n
                """)
            // The head has been read: from here on the request has begun.
            #expect(try connection.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            let ending = server.beginStopping()
            Self.awaitRefusal(port)
            try connection.send(body)
            let answer = try connection.receive()
            #expect(answer.hasPrefix("HTTP/1.1 201 "))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
            let how = await ending.value
            #expect(how.contains("exited(0)"))
            await server.client.close()
            #expect(try await shop.database.text("select count(*) from orders.orders") == "1")
        }
    }

    @Test func aRequestThatWaitsIsAnsweredAtOnce() async throws {
        try await LiveShop.with { shop in
            let buyer = try await shop.buyers(1)[0]
            let created = try await shop.client.post("/api/orders/create/", LiveShop.order(), token: buyer.token)
            let id = try #require(try created.json["id"]?.string)
            let server = try await ServerProcess.start(shop.settings)
            let port = try #require(UInt16(server.url.split(separator: ":").last ?? ""))
            let connection = try RawSocket(port: port)
            try connection.send("GET /api/health/ HTTP/1.1\r\nHost: test\r\n\r\n")
            _ = try connection.receive(until: #""ok"}"#)
            try connection.send(
                """
                GET /api/orders/status/?id=\(id)&wait=25 HTTP/1.1\r\nHost: test\r\n\
                Authorization: Bearer \(buyer.token)\r\n\r\n
                """)
            // The loop reads connections in turn: once another one has been answered, this request was read.
            #expect(try await server.client.get("/api/health/").status == 200)
            let ending = server.beginStopping()
            let answer = try connection.receive()
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains(#""status":"pending_payment""#))
            // A handler that waited on would have been cut off at the end of the drain, and answered nothing.
            let how = await ending.value
            #expect(how.contains("exited(0)"))
            await server.client.close()
        }
    }

    /// An order is on its way, and its reply was lost with the database, which stays away: the batch would be sent again for
    /// ever. The process ends all the same, in time.
    @Test func aServerEndsAlthoughItsDatabaseIsGone() async throws {
        try await LiveShop.withOwnPostgres(stock: 10) { shop, postgres in
            let buyer = try await shop.buyers(1)[0]
            let server = try await ServerProcess.start(shop.settings)
            // Nobody is there to confirm a COMMIT: it waits.
            _ = try await postgres.database.sql(
                "alter system set synchronous_standby_names = 'nobody'; select pg_reload_conf();")
            let order = Task {
                try await server.client.post("/api/orders/create/", LiveShop.order(), token: buyer.token)
            }
            var waits = "0"
            while waits == "0" {
                waits = try await postgres.database.text(
                    "select count(*) from pg_stat_activity where application_name = 'mve-writer' and wait_event = 'SyncRep'"
                )
            }
            await postgres.kill()
            let how = await server.beginStopping().value
            #expect(how.contains("exited(0)"))
            // Cut off, or told that nobody knows.
            let answer = try? await order.value
            #expect(answer?.status != 201)
            await server.client.close()
            try await postgres.restart()
            _ = try await postgres.database.sql(
                """
                set synchronous_commit = local;
                alter system reset synchronous_standby_names; select pg_reload_conf();
                """)
        }
    }

    /// Returns once nobody listens any more.
    private static func awaitRefusal(_ port: UInt16) {
        while true {
            let error = Self.failure(ofConnectingTo: port)
            guard let error else { continue }
            #expect(error.code == ECONNREFUSED || error.code == ECONNRESET, "\(error)")
            return
        }
    }

    private static func failure(ofConnectingTo port: UInt16) -> RawSocket.Failure? {
        do throws(RawSocket.Failure) {
            _ = try RawSocket(port: port)
            return nil
        } catch {
            return error
        }
    }
}
