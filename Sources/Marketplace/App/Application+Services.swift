// SPDX-License-Identifier: Apache-2.0
import Glibc
public import Logging
import UVRuntime

extension Application {
    /// Runs the services without a server, for several servers that share them; until SIGTERM or SIGINT.
    ///
    /// - Parameter say: prints a line for whoever starts the servers.
    /// - Throws: `ServiceFailure`, `DependencyFailure`.
    public static func runServices(
        _ configuration: AppConfiguration, logger: Logger, say: @escaping @Sendable (String) -> Void
    ) async throws {
        let services = try await EmbeddedServices.start(configuration, logger: logger)
        let result: Result<Void, any Error>
        do {
            let group = try EventLoopGroup(count: 1)
            let outcome: Result<Void, any Error>
            do {
                _ = try await DependencyFailure.wrapping {
                    try await migrate(databaseURL: services.databaseURL, on: group.loops[0])
                }
                let signals = try await EndSignals.watch(on: group.loops[0])
                say("DATABASE_URL=\(services.databaseURL)")
                say("REDIS_URL=\(services.redisURL)")
                say("ready")
                outcome = try await untilEnd(signals, say: say, failed: { await services.firstFailure() })
            } catch {
                outcome = .failure(error)
            }
            await group.shutdown()
            result = outcome
        } catch {
            result = .failure(error)
        }
        await services.stop()
        try result.get()
    }
}
