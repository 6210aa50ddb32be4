// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Notifications
import Payments
import Postgres
import Redis
import UVRuntime

/// The table of all endpoints, made from the routes that serve requests, without a database behind them.
public enum RouteTable {
    /// The table as Markdown: what `mve routes` prints and `docs/routes.md` holds.
    public static func markdown() async throws -> String {
        let lines = try await routes().sorted { ($0.path, $0.method.rawValue) < ($1.path, $1.method.rawValue) }.map {
            "| \($0.method.rawValue) | `\($0.path)` | \($0.access) | \($0.idempotency.rawValue) | \(query($0)) | \($0.bodyMax) |"
        }
        return """
            # Routes

            Made by `mve routes` from the table that serves requests. Access: `none` is everybody, `optional` is personal to who
            sends a token (with a role: who has it), `any` is every logged-in user, names are roles, and names with a colon permissions of admins (`super` has all). Bodies in
            octets.

            | method | path | access | idempotency key | query | body at most |
            |---|---|---|---|---|---|
            \(lines.joined(separator: "\n"))

            """
    }

    /// The OpenAPI description of all endpoints, as `GET /schema/` answers it.
    public static func openAPI(asYAML: Bool) async throws -> String {
        let tree = SchemaRoute.document(of: try await routes()).tree
        return String(decoding: asYAML ? tree.yamlBytes() : tree.jsonBytes(), as: UTF8.self)
    }

    private static func query(_ route: Route) -> String {
        guard let names = route.query else { return "any" }
        return names.isEmpty ? "–" : names.map { "`\($0)`" }.joined(separator: " ")
    }

    /// The routes as they serve, in the order in which they are described.
    static func routes() async throws -> [Route] {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<[Route], any Error>
        do {
            let secret = SecretKey([UInt8](repeating: 0, count: SecretKey.byteCountMin))
            guard let secret, let ids = IDGenerator(worker: 0, clock: SystemClock()) else {
                preconditionFailure("a key of the right length and worker 0 are valid")
            }
            let tokens = await AccessTokens(secret: secret)
            result = .success(try await loop.run { try routes(on: loop, secret, ids, tokens) })
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        return try result.get()
    }

    /// Nothing of what is made here connects before a request asks for it, and none comes.
    @Sendable
    private static func routes(
        on loop: EventLoop, _ secret: SecretKey, _ ids: IDGenerator, _ tokens: AccessTokens
    ) throws -> [Route] {
        let logger = Logger(label: "mve.routes") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try AppConfiguration.load(ConfigurationSources(environment: [:], workingDirectory: "/"))
        let pool = PostgresPool(
            configuration: PostgresConfiguration(url: "postgresql:///none", logger: logger), loop: loop)
        guard let redis = RedisConfiguration(url: "redis://127.0.0.1:1") else { preconditionFailure("a valid address") }
        let part = Shop.LoopParts(
            loop: loop, pool: pool, writer: pool, sideWriter: pool, paymentWriter: pool, cartWriter: pool,
            redis: RedisClient(loop: loop, configuration: redis, logger: logger))
        let account = RazorpayAccount(keyID: "none", keySecret: "none", webhookSecrets: ["none"], baseURL: nil)
        let identity = ProcessIdentity(
            ids: ids, worker: 0, instance: try WorkerLeaseStore.instance([UInt8](repeating: 0, count: 16)))
        return try ShopRoutes(
            configuration: configuration, part: part,
            core: .make(configuration, part, account, identity, "none", secret, logger), readiness: Readiness(),
            seats: StreamSeats(), ids: ids,
            secret: secret, tokens: tokens, limiter: nil, pages: nil, logger: logger
        ).all().0
    }
}
