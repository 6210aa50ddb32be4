// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/orders/status/`: the state of one of the caller's orders, or of the caller's company, cheap to poll; `wait` waits for a newer version.
///
/// With `If-None-Match` newer means newer than that version, otherwise newer than at the beginning. A wait that ends without
/// a change answers with the state as it is: 304 where the client has it already.
///
/// - Errors: 404; 400 for a `wait` outside 0…25; 429 when the user, 503 when the process has too many waits.
/// - Cost: one statement, and one more after each change; two more each for a colleague's order.
struct OrderStatusPoll: Sendable {
    /// Seconds. Shorter than the handlers' time limit (30 s) and the patience of common proxies (60 s).
    static let waitRange = 0...25

    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seconds = try Self.wait(request)
        guard let id = OrderID(try request.query.required("id")) else { throw Problem(.notFound) }
        guard seconds > 0 else { return Self.answer(try await read(id, caller), request) }
        let watch = dependencies.watch
        let ticket: OrderWatch.Ticket
        do {
            ticket = try await watch.enter(id, of: caller.user)
        } catch {
            switch error {
            case .full: throw Problem(.overloaded, headers: [.retryAfter(seconds: 1)])
            case .tooManyOfUser:
                throw Problem(
                    .rateLimited, detail: "Too many requests of yours wait already.", headers: [.retryAfter(seconds: 1)]
                )
            }
        }
        do {
            let answer = try await waited(id, caller, request, ticket, seconds)
            await watch.leave(ticket)
            return answer
        } catch {
            await watch.leave(ticket)
            throw error
        }
    }

    private func waited(
        _ id: OrderID, _ caller: Caller, _ request: RequestContext, _ ticket: OrderWatch.Ticket, _ seconds: Int
    ) async throws -> HTTPResponse {
        let deadline = dependencies.monotonic() &+ UInt64(seconds) &* 1_000_000_000
        var state = try await read(id, caller)
        let first = state.head.version
        let hasTag = request.header("If-None-Match") != nil
        while hasTag ? Self.isKnown(state, request) : state.head.version == first {
            guard await dependencies.watch.wait(ticket, known: state.head.version, until: deadline) else { break }
            state = try await read(id, caller)
        }
        return Self.answer(state, request)
    }

    private func read(_ id: OrderID, _ caller: Caller) async throws -> OrderState {
        let state = try await dependencies.visible(id, to: caller) { try await dependencies.store.state(id, of: $0) }
        guard let state else { throw Problem(.notFound) }
        return state
    }

    private static func wait(_ request: RequestContext) throws -> Int {
        let texts = request.query.values("wait")
        guard let text = texts.first else { return 0 }
        guard texts.count == 1, let seconds = Int(text), waitRange.contains(seconds) else {
            throw Problem(.malformedRequest, detail: "wait is not a number of seconds from 0 to 25.")
        }
        return seconds
    }

    private static func isKnown(_ state: OrderState, _ request: RequestContext) -> Bool {
        EntityTag(version: state.head.version).isNamed(byIfNoneMatch: request.header("If-None-Match"))
    }

    private static func answer(_ state: OrderState, _ request: RequestContext) -> HTTPResponse {
        let tag = EntityTag(version: state.head.version).header
        if isKnown(state, request) { return HTTPResponse(.notModified, headers: [tag]) }
        var response = HTTPResponse.json(state)
        response.headers.append(tag)
        return response
    }
}

/// Where an order stands, without what it consists of.
struct OrderState: Sendable, JSONWritable {
    var head: OrderHead
    var parts: [(id: SellerOrderID, status: SellerOrderStatus)]
    var shipments: [Shipment] = []
    var updatedAt: Timestamp

    func write(to json: inout JSONWriter) {
        json.object { json in
            head.write(to: &json, parts: parts.map(\.status))
            if head.status == .pendingPayment { json.fieldIfPresent("reserved_until", head.reservedUntil) }
            json.array("seller_orders") { json in
                for part in parts {
                    json.object { json in
                        json.field("id", part.id)
                        json.field("status", part.status.rawValue)
                        json.array("tracking") { json in
                            for shipment in shipments where shipment.part == part.id {
                                shipment.writeTracking(to: &json)
                            }
                        }
                    }
                }
            }
            json.field("updated_at", updatedAt)
            json.field("version", head.version)
        }
    }
}
