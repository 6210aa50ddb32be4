// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketHTTP
import Notifications
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

/// Streams over real sockets; both ends live on the fixture's loop.
@Suite(.timeLimit(.minutes(3))) struct StreamNotificationsTests {
    private struct Server: Sendable {
        let shop: NoticesFixture
        let url: String

        func open(_ token: String?, last: String? = nil, language: String? = nil) async throws -> EventSource {
            try await EventSource.open(
                url, "/api/notifications/stream/", token: token, last: last, language: language, on: shop.base.loop)
        }
    }

    private static func with(
        heartbeat: Duration = NoticeStreams.heartbeat, seats: Int = StreamSeats.seatsMax,
        write: Duration = .seconds(30),
        _ body: @escaping @Sendable (Server) async throws -> Void
    ) async throws {
        try await NoticesFixture.with(heartbeat: heartbeat, seats: seats) { shop in
            let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            var configuration = HTTPServerConfiguration(logger: shop.base.logger)
            configuration.timeouts.write = write
            configuration.timeouts.tick = .milliseconds(50)
            let server = try await HTTPServer.start(
                on: address, loops: [shop.base.loop],
                router: Router(shop.routes, middleware: [ErrorAnswers.middleware]),
                configuration: configuration)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(Server(shop: shop, url: "http://\(server.address)")))
            } catch {
                result = .failure(error)
            }
            await server.drain(limit: .seconds(5))
            try result.get()
        }
    }

    private static func type(_ event: EventSource.Event?) throws -> String? {
        try event.flatMap { try JSONDocument(parsing: Array($0.data.utf8)).root["type"]?.string }
    }

    @Test func tellsWhatComesAndHowManyAreUnread() async throws {
        try await Self.with { server in
            try await server.shop.confirm(2)
            let source = try await server.open(server.shop.asha, language: "hi")
            #expect(await source.status == 200)
            let head = await source.head
            #expect(head.contains("Content-Type: text/event-stream") && head.contains("Cache-Control: no-store"))
            // What was told before it was opened is not told again: the number says how much there is.
            #expect(try await source.next()?.data == #"{"unread_count":2}"#)
            try await server.shop.happen("order.expired", 80, 1, #"{"order_id":80,"user_id":1}"#)
            let event = try #require(try await source.next())
            #expect(event.name == "notification" && event.id == "3")
            #expect(try Self.type(event) == "order.expired" && event.data.contains("ऑर्डर समाप्त"))
            #expect(try await source.next()?.data == #"{"unread_count":3}"#)
            // Read in another window.
            _ = try await server.shop.post("mark-all-read", "{}")
            #expect(try await source.next()?.data == #"{"unread_count":0}"#)
            await source.close()
        }
    }

    @Test func goesOnWhereItWas() async throws {
        try await Self.with { server in
            try await server.shop.confirm(120)
            let source = try await server.open(server.shop.asha, last: "7")
            for number in 8...120 {
                let event = try await source.next()
                #expect(event?.id == "\(number)")
            }
            #expect(try await source.next()?.name == "unread")
            await source.close()
            // Behind everything that there is: another's number, or one from before a restore.
            let ahead = try await server.open(server.shop.asha, last: "999")
            #expect(try await ahead.next()?.name == "unread")
            try await server.shop.confirm(1, first: 900)
            #expect(try await ahead.next()?.id == "121")
            await ahead.close()
            let wrong = try await server.open(server.shop.asha, last: "x")
            #expect(await wrong.status == 400)
            let stranger = try await server.open(nil)
            #expect(await stranger.status == 401)
        }
    }

    @Test func heartbeatsShowThatItLivesAndFindWhatNoNewsToldOf() async throws {
        try await Self.with(heartbeat: .milliseconds(100)) { server in
            let source = try await server.open(server.shop.asha)
            #expect(try await source.next()?.name == "unread")
            #expect(try await source.next()?.isComment == true)
            // Nobody is told of it.
            try await server.shop.base.script(
                "select notifications.tell_v1('{900}', '{1}', '{900}', '{order.expired}', array['{}'], 1000)")
            #expect(try await source.next("notification")?.id == "1")
            await source.close()
            while await server.shop.streams.count > 0 { try await server.shop.base.loop.sleep(for: .milliseconds(1)) }
        }
    }

    @Test func boundsTheStreams() async throws {
        try await Self.with(seats: 8) { server in
            var sources: [EventSource] = []
            for _ in 0..<6 { sources.append(try await server.open(server.shop.asha)) }
            for source in sources { #expect(try await source.next()?.name == "unread") }
            let seventh = try await server.open(server.shop.asha)
            #expect(await seventh.status == 429)
            for _ in 0..<2 { sources.append(try await server.open(server.shop.binu)) }
            let ninth = try await server.open(server.shop.binu)
            #expect(await ninth.status == 503)
            let refusal = await ninth.head
            #expect(refusal.contains("Retry-After"))
            // A place is free again once somebody has left.
            await sources[0].close()
            var again = try await server.open(server.shop.asha)
            while await again.status != 200 { again = try await server.open(server.shop.asha) }
            #expect(try await again.next()?.name == "unread")
        }
    }

    /// Whoever does not read is closed, and has lost nothing when it comes back.
    @Test func aSlowReaderIsClosedAndGoesOn() async throws {
        try await Self.with(write: .milliseconds(500)) { server in
            let shop = server.shop
            let title = String(repeating: "x", count: 16_000)
            try await shop.base.script(
                """
                select notifications.tell_v1((select array_agg(g) from generate_series(1, 1000) g), (select array_agg(1) from generate_series(1, 1000)),
                  (select array_agg(g) from generate_series(1, 1000) g), (select array_agg('wishlist.back_in_stock'::text) from generate_series(1, 1000)),
                  (select array_agg('{"product":"\(title)"}'::text) from generate_series(1, 1000)), 1000)
                """)
            let slow = try await server.open(shop.asha, last: "0")
            #expect(try await slow.next()?.id == "1")
            await slow.stopReading()
            while await shop.streams.count > 0 { try await shop.base.loop.sleep(for: .milliseconds(5)) }
            for first in [2, 980] {
                let source = try await server.open(shop.asha, last: "\(first - 1)")
                for number in first..<(first + 20) {
                    let event = try await source.next()
                    #expect(event?.id == "\(number)")
                }
                await source.close()
            }
        }
    }

    @Test func endsWithTheServer() async throws {
        try await NoticesFixture.with { shop in
            let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let server = try await HTTPServer.start(
                on: address, loops: [shop.base.loop], router: Router(shop.routes, middleware: []),
                configuration: HTTPServerConfiguration(logger: shop.base.logger))
            let source = try await EventSource.open(
                "http://\(server.address)", "/api/notifications/stream/", token: shop.asha, on: shop.base.loop)
            #expect(try await source.next()?.name == "unread")
            await server.drain(limit: .seconds(30))
            #expect(try await source.next() == nil, "in good order")
            #expect(await shop.streams.count == 0)
        }
    }
}
