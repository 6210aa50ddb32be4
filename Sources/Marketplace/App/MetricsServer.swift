// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import Prometheus
import UVRuntime

/// `GET /metrics` on a port of its own: for the monitoring alone, not for the shop's clients.
enum MetricsServer {
    /// A scraper or two, and somebody who looks.
    private static let connectionsMax = 32

    /// Starts to answer; a port of 0 lets the system choose.
    ///
    /// - Throws: `UVError` when the address is taken.
    static func start(
        on address: SocketAddress, loop: EventLoop, registry: PrometheusRegistry, logger: Logger
    ) async throws -> HTTPServer {
        var settings = HTTPServerConfiguration(logger: logger)
        settings.connectionsMax = connectionsMax
        settings.connectionsPerSourceMax = connectionsMax
        return try await HTTPServer.start(
            on: address, loops: [loop], router: Router([route(registry)]), configuration: settings)
    }

    static func route(_ registry: PrometheusRegistry) -> Route {
        Route(.get, "/metrics", name: "metrics", isRateLimited: false) { request in
            // Some thousand lines are some milliseconds: written beside the loop, which goes on.
            let text = try await request.loop.offload { registry.text() }
            return HTTPResponse(.ok, contentType: .other(PrometheusText.contentType), body: text)
        }
    }
}
