// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Redis

/// `GET /api/health/`: the process lives. `GET /api/health/ready/`: it can serve; Redis down is degraded, not
/// unready; a server that is ending is unready, and one whose clock is not the database's.
func healthRoutes(
    pool: PostgresPool, redis: RedisClient, readiness: Readiness, clock machine: any WallClock = SystemClock()
) -> [Route] {
    [
        Route.immediate(.get, "/api/health/", name: "health") { _ in .json { $0.field("status", "ok") } }
            .described(as: HealthDescription.alive),
        Route(.get, "/api/health/ready/", name: "health.ready", isRateLimited: false) { _ in
            // nil: the database did not answer.
            let offset = try? await ClockStore(client: pool.reads).offset(of: machine)
            let database = offset != nil
            let clock = offset.map { $0 <= DatabaseFitness.clockOffsetMax } ?? true
            let cache = await redis.isHealthy
            let isReady = database && clock && !readiness.isDraining
            return .json(isReady ? .ok : HTTPStatus(503)) { json in
                json.field("status", isReady ? "ready" : readiness.isDraining ? "draining" : "unready")
                json.object("checks") { json in
                    json.field("postgres", database ? "ok" : "down")
                    json.field("redis", cache ? "ok" : "degraded")
                    json.field("clock", clock ? "ok" : "off")
                }
            }
        }.described(as: HealthDescription.ready),
    ]
}
