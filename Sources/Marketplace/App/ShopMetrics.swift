// SPDX-License-Identifier: Apache-2.0
import Metrics
public import Prometheus

/// Every metric of the program, and the registry that keeps them.
public enum ShopMetrics {
    /// The registry of this process.
    public static let registry = PrometheusRegistry(families)

    /// Puts the registry behind swift-metrics: once in a process, before anything counts.
    public static func bootstrap() {
        MetricsSystem.bootstrap(registry)
    }

    /// From a committed row on the same machine to what a hanging database is given.
    private static let batchBounds = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Routes times methods and statuses: about three of each route are ever seen.
    private static let routesMax = 300

    /// In the order in which they are shown.
    public static let families: [MetricFamily] = http + actors + shop + dependencies

    private static let http = [
        MetricFamily(
            "mve_http_requests_total", .counter, "Requests answered, by route; \"none\" found no route.",
            labels: ["route", "method", "status"], seriesMax: 8 * routesMax),
        MetricFamily(
            "mve_http_request_duration_seconds", .seconds(MetricFamily.requestBounds),
            "From a request's complete head to its complete answer, by route.", labels: ["route"], seriesMax: routesMax),
        MetricFamily(
            "mve_http_connections", .gauge, "Connections that are open, and requests whose handlers are busy.",
            labels: ["state"]),
        MetricFamily(
            "mve_http_refused_total", .counter,
            "Requests and connections refused or timed out by the server, by reason.",
            labels: ["reason"]),
        MetricFamily(
            "mve_rate_limited_total", .counter, "Requests refused because a budget was used up, by policy.",
            labels: ["policy"]),
        MetricFamily(
            "mve_loop_lag_seconds", .gauge,
            "The longest that a timer of the event loop came late in the last 15 seconds.", labels: ["loop"]),
    ]

    private static let actors = [
        MetricFamily(
            "mve_mailbox_depth", .gauge, "Messages that wait for a batch, by actor and shard.",
            labels: ["actor", "shard"], seriesMax: 4096),
        MetricFamily(
            "mve_actor_shards", .gauge, "Shards that an actor is divided into, as configured.", labels: ["actor"]),
        MetricFamily(
            "mve_batch_max", .gauge, "Messages that may share a transaction, as configured.", labels: ["actor"]),
        MetricFamily(
            "mve_batch_size", .numbers([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]),
            "Messages that shared a transaction.",
            labels: ["actor"]),
        MetricFamily(
            "mve_batch_duration_seconds", .seconds(batchBounds),
            "From taking a batch to the outcome of its last message, resends included.", labels: ["actor"]),
        MetricFamily(
            "mve_batch_retries_total", .counter,
            "Batches that failed and were sent again, split or given up, by class.",
            labels: ["actor", "class"]),
        MetricFamily(
            "mve_idempotency_total", .counter, "What requests with a key met, and where the answer was found.",
            labels: ["outcome", "level"]),
        MetricFamily("mve_idempotency_reaped_total", .counter, "Keys removed after their retention."),
        MetricFamily("mve_account_rows_reaped_total", .counter, "Tokens, proofs and failed log-ins removed."),
        MetricFamily("mve_jobs_reaped_total", .counter, "Jobs removed that were done long ago."),
        MetricFamily("mve_search_words_reaped_total", .counter, "Words removed that no visible product has."),
        MetricFamily("mve_carts_reaped_total", .counter, "Anonymous carts removed that nobody came back to."),
    ]

    private static let shop = [
        MetricFamily("mve_reservations_held", .gauge, "Reservations of orders that wait for their payment."),
        MetricFamily("mve_reservation_oldest_seconds", .gauge, "How long the oldest of them has been held."),
        MetricFamily("mve_inbox_waiting", .gauge, "Provider events that wait for the object they speak of."),
        MetricFamily("mve_outbox_lag_seconds", .gauge, "Age of the oldest event in the outbox that is not published."),
        MetricFamily("mve_outbox_published_total", .counter, "Events handed to their subscribers."),
        MetricFamily("mve_outbox_set_aside_total", .counter, "Events that failed alone and are owed as jobs."),
        MetricFamily("mve_outbox_reaped_total", .counter, "Events cleared away that were handed on long ago."),
        MetricFamily(
            "mve_jobs_lag_seconds", .gauge, "How long the job that waits longest has been due, by kind.",
            labels: ["kind"]),
        MetricFamily("mve_jobs", .gauge, "Jobs that are not done, by state.", labels: ["state"]),
        MetricFamily(
            "mve_jobs_by_kind", .gauge, "Jobs that are not done, by kind and state.", labels: ["kind", "state"]),
        MetricFamily(
            "mve_jobs_total", .counter, "Attempts at jobs, by kind and outcome.", labels: ["kind", "outcome"]),
        MetricFamily(
            "mve_invariant_ok", .gauge, "1 while an invariant holds, 0 from the first row that breaks it.",
            labels: ["name"]),
        MetricFamily(
            "mve_webhooks_total", .counter, "Webhooks of the provider, by what they led to.", labels: ["outcome"]),
        MetricFamily(
            "mve_webhook_refused_total", .counter, "Webhooks refused before they were read, by reason.",
            labels: ["reason"]),
        MetricFamily("mve_leader", .gauge, "1 in the process that leads, by role.", labels: ["role"]),
        MetricFamily(
            "mve_news_total", .counter, "Changes announced to other processes, or dropped.", labels: ["outcome"]),
    ]

    private static let dependencies = [
        MetricFamily(
            "mve_postgres_connections", .gauge, "Connections to PostgreSQL, by what they do.", labels: ["state"]),
        MetricFamily(
            "mve_postgres_errors_total", .counter,
            "Failures, by the first two characters of their SQLSTATE or the client's own code.",
            labels: ["sqlstate_class"]),
        MetricFamily("mve_redis_errors_total", .counter, "Failures of Redis, by kind.", labels: ["kind"]),
    ]
}
