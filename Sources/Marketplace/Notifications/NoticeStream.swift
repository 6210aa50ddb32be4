// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketHTTP
import Postgres
import UVRuntime

/// One client's stream of server-sent events: its user's notifications after the one it has seen, and the number of unread ones.
///
/// ```
/// id: 8
/// event: notification
/// data: {"id":"ntf_…","type":"order.confirmed",…}
///
/// event: unread
/// data: {"unread_count":3}
/// ```
/// The id is the notification's number among the user's, so a client that comes back with `Last-Event-ID` misses nothing and sees nothing
/// twice. What is sent is read from the table, a page at a time and only while little waits to leave: a slow client costs a page of
/// memory, and is closed by the server's write time.
///
/// - Isolation: on the loop of its connection.
final actor NoticeStream: LoopActor, LiveBody {
    /// Why a stream ends; told to the client as its last event.
    enum End: String {
        case tokenExpired = "token-expired"
        case refused = "access-ended"
    }

    nonisolated let executor: LoopExecutor
    nonisolated let caller: Caller
    private let clock: any LoopClock
    private let wall: any WallClock
    private let pool: PostgresPool
    private let language: MailLanguage
    private let streams: NoticeStreams
    private let logger: Logger
    /// Held as long as the stream is there.
    private let seat: StreamSeats.Seat

    private var sink: LiveSink?
    private var expiry: (any ScheduledTimer)?
    /// The number of the last notification that was sent; nil: those that come after the beginning.
    private var position: Int64?
    private var unread: Int?
    private var isReading = false
    private var mustRead = false
    private var waitsForRoom = false

    /// Notifications read at once.
    private static let page = 50
    /// No more is read while so many octets wait to leave: a page is about half of it.
    private static let pendingMax = 64 * 1024

    init(
        _ caller: Caller, after position: Int64?, in language: MailLanguage, _ dependencies: NotificationsDependencies,
        seat: StreamSeats.Seat
    ) {
        executor = dependencies.streams.executor
        clock = dependencies.streams.clock
        streams = dependencies.streams
        wall = dependencies.wall
        pool = dependencies.pool
        logger = dependencies.streams.logger
        self.caller = caller
        self.position = position
        self.language = language
        self.seat = seat
    }

    // MARK: Calls of the connection

    nonisolated func began(_ sink: LiveSink) {
        assumeIsolated { $0.begin(sink) }
    }

    nonisolated func drained() {
        assumeIsolated { stream in
            guard stream.waitsForRoom else { return }
            stream.waitsForRoom = false
            stream.look()
        }
    }

    nonisolated func ended() {
        assumeIsolated { $0.leave() }
    }

    private func begin(_ sink: LiveSink) {
        self.sink = sink
        // Two seconds, so that a server that ends is not asked again before the next one listens.
        send("retry: 2000\n\n")
        streams.assumeIsolated { $0.add(self) }
        let left = caller.expiresAt - wall.now()
        expiry = clock.schedule(after: max(left, .zero)) { [weak self] in
            self?.assumeIsolated { $0.end(.tokenExpired) }
        }
        look()
    }

    private func leave() {
        sink = nil
        expiry?.cancel()
        expiry = nil
        streams.assumeIsolated { $0.remove(self) }
    }

    /// Says why, and ends.
    func end(_ reason: End) {
        guard let sink else { return }
        send("event: end\ndata: {\"reason\":\"\(reason.rawValue)\"}\n\n")
        sink.end()
    }

    /// Something for a connection on which nothing happens: proxies and clients know by it that it lives.
    func beat() {
        send(":\n\n")
    }

    private func send(_ text: String) {
        // Out of the property first: the answer may end under this call, which empties it.
        guard let sink else { return }
        sink.send(Array(text.utf8))
    }

    // MARK: Reading

    /// Whether the counters say something that was not sent.
    func isBehind(_ counters: (unread: Int, newest: Int64)) -> Bool {
        counters.unread != unread || counters.newest > position ?? 0
    }

    /// Looks for what is new; during a look, once more after it.
    func look() {
        mustRead = true
        guard !isReading, sink != nil else { return }
        isReading = true
        Task {
            await read()
            isReading = false
            // Somebody asked while it ended.
            if mustRead, !waitsForRoom { look() }
        }
    }

    private func read() async {
        while mustRead, let sink {
            guard sink.pendingBytes <= Self.pendingMax else {
                waitsForRoom = true
                return
            }
            mustRead = false
            do {
                try await step()
            } catch {
                // The next news, or the next heartbeat's comparison, looks again.
                logger.warning("a stream's notifications were not read", metadata: ["reason": "\(error)"])
                return
            }
        }
    }

    private func step() async throws {
        let user = caller.user
        let counters = try await NotificationStore.counters(of: [user], in: pool)[user] ?? (0, 0)
        // A number that this user has never had came from somewhere else.
        let known = min(position ?? counters.newest, counters.newest)
        var records: [NotificationRecord] = []
        if counters.newest > known {
            records = try await NotificationStore.after(known, of: user, limit: Self.page, in: pool)
        }
        position = known
        for record in records {
            send(Self.event(record, language))
            position = record.sequence
            // The rest of the page is read again when there is room.
            if sink?.pendingBytes ?? 0 > Self.pendingMax { break }
        }
        if records.count == Self.page || position != records.last?.sequence ?? known {
            mustRead = true
        } else if counters.unread != unread {
            unread = counters.unread
            send("event: unread\ndata: {\"unread_count\":\(counters.unread)}\n\n")
        }
    }

    private static func event(_ record: NotificationRecord, _ language: MailLanguage) -> String {
        var json = JSONWriter(capacity: 512)
        record.write(in: language, to: &json)
        return "id: \(record.sequence)\nevent: notification\ndata: \(String(decoding: json.bytes, as: UTF8.self))\n\n"
    }
}
