// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import UVRuntime

/// The endpoints of the small shop. What an endpoint is to do stands in the field X-Plan, which is no part of what is asked
/// for: a repetition may find the world changed.
struct SmallRoutes: Sendable {
    let gate: Gate
    let principals: Principals
    let calls: IdempotentCalls
    let transactions: KeyedTransactions
    let phased: PhasedCalls
    let doorstep: Doorstep
    let provider: SmallProvider

    /// A failure of ours that nobody planned.
    struct Mishap: Error {}

    var all: [Route] {
        [
            open(.post, "/things/", query: ["a", "b"], make), open(.post, "/others/", make),
            open(.put, "/things/", make),
            gate.openRoute(.get, "/things/", name: "things.read", idempotency: .accepted) { _, _ in .text("things") },
            open(.post, "/things/{id}/cancel/", make), open(.post, "/planned/", planned), open(.post, "/read/", read),
            open(.post, "/small/", bodyMax: 64, make), open(.post, "/long/", long),
            open(.post, "/uploads/", reads: .multipart(), upload), open(.post, "/stock/", order),
            open(.delete, "/docs/{id}/", delete), open(.put, "/docs/{id}/", honoursIfMatch: true, replace),
            open(.patch, "/docs/{id}/", patch),
            gate.route(.post, "/mine/", name: "mine.make", idempotency: .accepted) { try await run($0, $1, make) },
            gate.openRoute(.post, "/log-in/", name: "log-in", idempotency: .accepted) { request, _ in
                try await logIn(request)
            },
            gate.openRoute(.post, "/refunds/", name: "refunds.make", idempotency: .accepted) { request, caller in
                try await refund(request, caller)
            },
            gate.openRoute(.get, "/stream/", name: "stream", idempotency: .unsupported) { _, _ in .text("a stream") },
            gate.openRoute(.post, "/stream/", name: "stream.ask", idempotency: .unsupported) { _, _ in
                .text("a stream")
            },
        ]
    }

    private typealias Effect = @Sendable (PostgresTransaction, RequestContext) async throws -> HTTPResponse

    private func open(
        _ method: HTTPMethod, _ path: String, query: [String] = [], reads: BodyReading = .whole, bodyMax: Int? = nil,
        honoursIfMatch: Bool = false, _ effect: @escaping Effect
    ) -> Route {
        gate.openRoute(
            method, path, name: "\(method.rawValue) \(path)", query: query, idempotency: .accepted, reads: reads,
            bodyMax: bodyMax
        ) { request, caller in
            try await run(request, caller, honoursIfMatch: honoursIfMatch, effect)
        }
    }

    private func run(
        _ request: RequestContext, _ caller: Caller?, honoursIfMatch: Bool = false, _ effect: Effect
    ) async throws -> HTTPResponse {
        if request.header("X-Plan") == "throttle" {
            throw Problem(.rateLimited, headers: [.retryAfter(seconds: 1)])
        }
        return try await transactions.run(
            request, as: principals.principal(of: request, caller: caller), honoursIfMatch: honoursIfMatch
        ) {
        } _: { transaction, _ in
            try await effect(transaction, request)
        }
    }

    // MARK: Effects

    private func effect(_ transaction: PostgresTransaction, _ note: String, _ request: RequestContext) async throws
        -> Int64
    {
        try await transaction.query(
            "insert into small.effects (note, body) values ($1, $2) returning id", note,
            String(decoding: request.body, as: UTF8.self)
        ).only().int64(0)
    }

    /// Makes a thing, slowly where the doorstep is shut, with fields of every kind around the answer.
    private func make(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let id = try await effect(transaction, request.header("X-Plan") == "late" ? "late" : request.path, request)
        try await doorstep.pass(request.loop)
        var response = HTTPResponse.json(.created) { json in
            json.field("id", id)
            json.field("path", request.path)
        }
        response.headers = [
            HTTPHeader("Location", "/things/\(id)/"), HTTPHeader("ETag", "\"\(id)\""),
            HTTPHeader("Set-Cookie", "seen=\(id)"), HTTPHeader("Retry-After", "7"),
        ]
        return response
    }

    /// An answer that is worth compressing.
    private func long(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let id = try await effect(transaction, "long", request)
        var response = HTTPResponse.json(.created) { json in
            json.field("id", id)
            json.field("text", String(repeating: "long ", count: 1000))
        }
        response.headers = [HTTPHeader("ETag", "\"v\(id)\"")]
        return response
    }

    /// Tells what it got.
    private func upload(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let parts = try request.multipart()
        let id = try await effect(transaction, "upload", request)
        return .json(.created) { json in
            json.field("id", id)
            json.field("sizes", parts.map { "\($0.size)" }.joined(separator: " "))
            json.field("on_disk", Int64(parts.count { $0.file != nil }))
        }
    }

    /// Has an effect, then fails or refuses as planned: `throw:503`, `return:500`, `mishap`; else answers 201.
    private func planned(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let id = try await effect(transaction, "planned", request)
        try await doorstep.pass(request.loop)
        let plan = (request.header("X-Plan") ?? "").split(separator: ":")
        switch (plan.first, plan.last.flatMap { Int($0) }) {
        case ("throw", let status?): throw Problem(Problem.Kind("planned", HTTPStatus(status), "Planned"))
        case ("return", let status?): return .text("planned", HTTPStatus(status))
        case ("mishap", _): throw Mishap()
        default: return .json(.created) { $0.field("id", id) }
        }
    }

    /// Reads a body that has one member.
    private func read(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let quantity = try request.json { $0.int("qty", in: 1...9) }
        let id = try await effect(transaction, "read", request)
        return .json(.created) { json in
            json.field("id", id)
            json.field("qty", quantity)
        }
    }

    private func order(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let taken = try await transaction.first(
            "update small.stock set units = units - 1 where units > 0 returning units")
        guard taken != nil else { throw Problem(.insufficientStock) }
        return .json(.created) { $0.field("id", Int64(1)) }
    }

    // MARK: Documents

    private func delete(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let count = try await transaction.execute(
            "delete from small.docs where id = $1", request.parameters["id"] ?? "")
        guard count == 1 else { throw Problem(.notFound) }
        return .noContent
    }

    private func replace(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let version = Int32(request.header("If-Match")?.filter(\.isNumber) ?? "") ?? 0
        let row = try await transaction.first(
            "update small.docs set a = $2, version = version + 1 where id = $1 and version = $3 returning version",
            request.parameters["id"] ?? "", String(decoding: request.body, as: UTF8.self), version)
        guard let row else { throw Problem(.versionConflict) }
        let now = try row.int(0)
        var response = HTTPResponse.json { $0.field("version", Int64(now)) }
        response.headers.append(HTTPHeader("ETag", "\"\(now)\""))
        return response
    }

    private func patch(_ transaction: PostgresTransaction, _ request: RequestContext) async throws -> HTTPResponse {
        let change = try request.json {
            (a: $0.optionalString("a", length: 1...9), b: $0.optionalString("b", length: 1...9))
        }
        let row = try await transaction.query(
            """
            update small.docs set a = coalesce($2, a), b = coalesce($3, b), version = version + 1 where id = $1
            returning version
            """, request.parameters["id"] ?? "", change.a, change.b
        ).only()
        let now = try row.int(0)
        return .json { $0.field("version", Int64(now)) }
    }

    // MARK: Secrets and providers

    private func logIn(_ request: RequestContext) async throws -> HTTPResponse {
        try await transactions.run(
            request, as: principals.principal(of: request, caller: nil, acceptsClientToken: false), isSecret: true
        ) {
        } _: { transaction, _ in
            let id = try await effect(transaction, "log-in", request)
            var response = HTTPResponse.json { $0.field("token", "secret-\(id)") }
            response.headers = [HTTPHeader("Set-Cookie", "session=\(id)")]
            return response
        }
    }

    private struct Refund: Sendable {
        let line: String
        let key: String
    }

    /// As contract C11 wants it: the intent first, then the call with the intent's own key, then the result.
    private func refund(_ request: RequestContext, _ caller: Caller?) async throws -> HTTPResponse {
        let plan = request.header("X-Plan") ?? ""
        let loop = request.loop
        return try await phased.run(
            request, as: principals.principal(of: request, caller: caller), retention: IdempotencyHeader.moneyRetention
        ) { transaction in
            let line = String(decoding: request.body, as: UTF8.self)
            let row = try await transaction.query(
                """
                insert into small.refunds (line, provider_key) values ($1, 'rf_' || replace(gen_random_uuid()::text, '-', ''))
                on conflict (line) do update set line = excluded.line returning provider_key, number
                """, line
            ).only()
            if plan.isEmpty, try row.int32OrNil(1) != nil { throw Problem(.lineAlreadyRefunded) }
            return Refund(line: line, key: try row.string(0))
        } call: { refund in
            do {
                return try await provider.refund(refund.key, on: loop)
            } catch is SmallProvider.TimedOut {
                throw Problem(.outcomeUnknown)
            }
        } finish: { transaction, refund, number in
            if plan == "refuse-last" { throw Problem(.orderNotRefundable) }
            try await transaction.execute(
                "update small.refunds set number = $2 where line = $1", refund.line, Int32(number))
            if let status = Int(plan) { return .text("planned", HTTPStatus(status)) }
            return .json(.created) { $0.field("refund", Int64(number)) }
        }
    }
}
