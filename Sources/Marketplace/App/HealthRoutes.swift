// SPDX-License-Identifier: Apache-2.0
import HTTP
import Postgres
import Redis

/// `GET /api/health/`: the process lives. `GET /api/health/ready/`: it can serve; Redis down is degraded, not
/// unready; a server that is ending is unready.
func healthRoutes(pool: PostgresPool, redis: RedisClient, readiness: Readiness) -> [Route] {
    [
        Route.immediate(.get, "/api/health/", name: "health") { _ in .json { $0.field("status", "ok") } },
        Route(.get, "/api/health/ready/", name: "health.ready", isRateLimited: false) { _ in
            let database: Bool
            do {
                _ = try await pool.reads.query("select 1", timeout: .seconds(1))
                database = true
            } catch {
                database = false
            }
            let cache = await redis.isHealthy
            let isReady = database && !readiness.isDraining
            return .json(isReady ? .ok : HTTPStatus(503)) { json in
                json.field("status", isReady ? "ready" : readiness.isDraining ? "draining" : "unready")
                json.object("checks") { json in
                    json.field("postgres", database ? "ok" : "down")
                    json.field("redis", cache ? "ok" : "degraded")
                }
            }
        },
    ]
}
