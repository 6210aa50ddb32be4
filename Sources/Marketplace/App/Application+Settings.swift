// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketHTTP

extension Application {
    /// The server as it is configured; a test build's crash point is armed with it.
    static func serverSettings(
        _ configuration: AppConfiguration, tls: TLSIdentity?, logger: Logger
    ) -> HTTPServerConfiguration {
        var settings = HTTPServerConfiguration(logger: logger)
        settings.tls = tls
        settings.problemLanguages = .shop
        settings.connectionsMax = configuration.http.connectionsMax ?? .max
        settings.connectionsPerSourceMax = configuration.http.connectionsPerSourceMax ?? .max
        settings.spoolDirectory = configuration.dataDirectory + "/uploads"
        let proxies = configuration.http.trustedProxies
        settings.isTrustedProxy = { address in proxies.contains { $0.contains(address) } }
        if let plan = configuration.crashAt {
            CrashPoint.arm(plan)
            settings.accessLog = CrashAnswers.reached
        }
        if !configuration.http.corsOrigins.isEmpty {
            settings.crossOrigin = .shop(origins: configuration.http.corsOrigins)
        }
        if let seconds = configuration.http.hstsMaxAge {
            settings.strictTransport = "max-age=\(seconds)"
        }
        return settings
    }
}
