// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/notifications/stream/`: the caller's notifications as they come, as server-sent events; see `NoticeStream`.
///
/// It ends with the access token, when the caller is blocked or logs out, with the server, and for a client that reads nothing for
/// 30 s: each time the client comes back with `Last-Event-ID` and goes on where it was.
///
/// - Errors: 400 for a `Last-Event-ID` that is no number; 429 when the user, 503 when the process has too many streams.
struct StreamNotifications: Sendable {
    let dependencies: NotificationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let position = try Self.position(request)
        let seat: StreamSeats.Seat
        do {
            seat = try dependencies.seats.take(for: caller.user)
        } catch {
            switch error {
            case .full: throw Problem(.overloaded, headers: [.retryAfter(seconds: 5)])
            case .tooManyOfUser:
                throw Problem(
                    .rateLimited, detail: "You have \(StreamSeats.seatsPerUserMax) streams open already.",
                    headers: [.retryAfter(seconds: 5)])
            }
        }
        return HTTPResponse(
            contentType: .other("text/event-stream"),
            // nginx would gather what comes.
            headers: [HTTPHeader("Cache-Control", "no-store"), HTTPHeader("X-Accel-Buffering", "no")],
            live: NoticeStream(
                caller, after: position, in: MailLanguage(accepted: request.headers("Accept-Language")), dependencies,
                seat: seat))
    }

    private static func position(_ request: RequestContext) throws -> Int64? {
        guard let text = request.header("Last-Event-ID"), !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw Problem(.malformedRequest, detail: "Last-Event-ID is none of this stream's.")
        }
        return number
    }
}
