// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import HTTP
public import Logging
internal import MarketCore
internal import MarketCrypto
internal import MarketHTTP
internal import Payments
internal import Postgres
internal import UVRuntime

/// The running server: services, schema, loops, shop, listeners, and their end in the reverse order.
public enum Application {
    /// Requests that have begun may take this long once the server ends.
    static let drainLimit: Duration = .seconds(10)

    /// Serves until SIGTERM or SIGINT; then answers what has begun and stops what it started.
    ///
    /// - Parameters:
    ///   - reread: reads the configuration again, for SIGHUP.
    ///   - say: prints a line for the person who started it.
    /// - Throws: `ServiceFailure` when a private service does not start or ends, `DependencyFailure` when the database is
    ///   unreachable or does not fit, `ConfigurationError` for an address that cannot be listened on and for a certificate or
    ///   key that cannot serve.
    public static func serve(
        _ configuration: AppConfiguration,
        reread: @escaping @Sendable () throws(ConfigurationError) -> AppConfiguration,
        logger: Logger, say: @escaping @Sendable (String) -> Void
    ) async throws {
        SignalWatcher.ignoreBrokenPipes()
        // Until it can be acted on, and again at the end: its own effect would be our death.
        SignalWatcher.ignoreHangups()
        try ListenAddress.requireUnused("HTTP_PORT", configuration.http.host, configuration.http.port)
        try ListenAddress.requireUnused("METRICS_PORT", configuration.http.host, configuration.http.metricsPort)
        // Before anything is started that a mistake here would have to stop again.
        let tickets = TLSTicketKeys(secret: try configuration.secretKey.load())
        let identity = try identity(configuration, tickets, logger)
        let reload: @Sendable (RazorpayAccount) -> Reload = { account in
            Reload(read: reread, identity: identity, tickets: tickets, account: account, logger: logger)
        }
        let services = try await EmbeddedServices.start(configuration, logger: logger)
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await DependencyFailure.wrapping {
                    try await serve(configuration, over: services, reload: reload, logger: logger, say: say)
                })
        } catch {
            result = .failure(error)
        }
        await services.stop()
        try result.get()
    }

    private static func identity(
        _ configuration: AppConfiguration, _ tickets: TLSTicketKeys, _ logger: Logger
    ) throws -> TLSIdentity? {
        guard let context = try configuration.http.tls?.load(tickets: tickets) else { return nil }
        for warning in context.warnings { logger.warning("\(warning)") }
        return TLSIdentity(context)
    }

    private static func serve(
        _ configuration: AppConfiguration, over services: EmbeddedServices,
        reload: @Sendable (RazorpayAccount) -> Reload, logger: Logger, say: @escaping @Sendable (String) -> Void
    ) async throws {
        let group = try EventLoopGroup(count: configuration.loops)
        let result: Result<Void, any Error>
        do {
            let report = try await migrate(databaseURL: services.databaseURL, on: group.loops[0])
            if !report.files.isEmpty { say("applied \(report.files.count) migrations") }
            let provider = PaymentProvider(configuration)
            let shop = try await Shop.open(
                configuration, over: services, account: provider.account, loops: group.loops, logger: logger)
            let isProduction = configuration.mode == .production
            let isSeeded = try await shop.seedWhereEmpty(isProduction: isProduction) != nil
            if isSeeded { say("loaded the demo catalogue") }
            let logins = try await shop.demoLogins(isProduction: isProduction)
            let started: @Sendable (String) async throws -> Void = { url in
                for login in logins { say("account: \(login)") }
                if let sandbox = try await provider.startSandbox(in: services, webhookAt: url) {
                    say("payments go to the sandbox at \(sandbox): no RAZORPAY credentials are configured")
                    if url.hasPrefix("https:") {
                        // It checks certificates as Razorpay does.
                        say("its webhooks come if this machine trusts the certificate for that address; else we ask it")
                    }
                    say("next, in another terminal: scripts/demo")
                }
            }
            result = .success(
                try await listen(
                    configuration, shop, group.loops, reload: reload(provider.account), logger: logger, say: say,
                    started: started, failed: { await services.firstFailure() }))
            await shop.close()
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }

    private static func listen(
        _ configuration: AppConfiguration, _ shop: Shop, _ loops: [EventLoop], reload: Reload, logger: Logger,
        say: @escaping @Sendable (String) -> Void, started: @Sendable (String) async throws -> Void,
        failed: @escaping @Sendable () async -> ServiceFailure?
    ) async throws {
        var address = try ListenAddress.of(configuration.http.host, configuration.http.port)
        let settings = serverSettings(configuration, tls: reload.identity, logger: logger)
        let accessFile = try openAccessLog(configuration.http.accessLog)
        let bounds = HTTPServerBounds(settings)
        // A server per loop: each has the routes that work with its own connections to the database.
        var servers: [HTTPServer] = []
        var accessLogs: [(loop: EventLoop, log: AccessLog)] = []
        for (index, loop) in loops.enumerated() {
            var own = settings
            if let accessFile {
                let log = AccessLog(loop: loop, file: accessFile, logger: logger)
                let other = settings.accessLog
                own.accessLog = { record in
                    other?(record)
                    log.add(record)
                }
                accessLogs.append((loop, log))
            }
            let (wanted, mine) = (address, own)
            let server = try await ListenAddress.wrapping("HTTP_PORT", wanted) {
                try await HTTPServer.start(
                    on: wanted, loops: [loop],
                    router: Router(shop.routes[index], middleware: shop.middleware[index]), configuration: mine,
                    bounds: bounds)
            }
            address = server.address
            servers.append(server)
        }
        let result: Result<Void, any Error>
        do {
            let signals = try await EndSignals.watch(on: loops[0])
            let reloads = try await ReloadSignals.watch(on: loops[0])
            let url = "\(reload.identity == nil ? "http" : "https")://\(address)"
            let metrics = try await listenForMetrics(configuration, loops[0], logger: logger)
            servers.append(metrics)
            say("metrics on http://\(metrics.address)/metrics")
            try await started(url)
            say("listening on \(url)")
            result = try await untilEnd(
                signals, say: say, failed: failed,
                meanwhile: {
                    await reloads.forEach {
                        reload()
                        reopen(accessFile, logger: logger)
                    }
                })
        } catch {
            result = .failure(error)
        }
        SignalWatcher.ignoreHangups()
        shop.beginDraining()
        await withTaskGroup(of: Void.self) { tasks in
            for server in servers { tasks.addTask { await server.drain(limit: drainLimit) } }
        }
        for (loop, log) in accessLogs { try? await loop.run { log.close() } }
        try result.get()
    }

    private static func openAccessLog(_ place: AppConfiguration.AccessLogPlace?) throws -> AccessLogFile? {
        guard let place else { return nil }
        do throws(AccessLogFile.Failure) {
            switch place {
            case .standardOutput: return try AccessLogFile(path: nil)
            case .file(let path): return try AccessLogFile(path: path)
            }
        } catch {
            throw ConfigurationError(problems: [.init(key: "ACCESS_LOG", message: "cannot be written: \(error)")])
        }
    }

    /// For whoever rotates the file; one that cannot be opened leaves the old in use.
    private static func reopen(_ file: AccessLogFile?, logger: Logger) {
        do throws(AccessLogFile.Failure) {
            try file?.reopen()
        } catch {
            logger.error("the access log was not opened again", metadata: ["error": "\(error)"])
        }
    }

    private static func listenForMetrics(
        _ configuration: AppConfiguration, _ loop: EventLoop, logger: Logger
    ) async throws -> HTTPServer {
        let address = try ListenAddress.of(configuration.http.host, configuration.http.metricsPort)
        return try await ListenAddress.wrapping("METRICS_PORT", address) {
            try await MetricsServer.start(on: address, loop: loop, registry: ShopMetrics.registry, logger: logger)
        }
    }

    /// Waits for a signal, or for the end of a service that we run and need.
    static func untilEnd(
        _ signals: EndSignals, say: @escaping @Sendable (String) -> Void,
        failed: @escaping @Sendable () async -> ServiceFailure?, meanwhile: @escaping @Sendable () async -> Void = {}
    ) async throws -> Result<Void, any Error> {
        try await withThrowingTaskGroup(of: Result<Void, any Error>?.self) { tasks in
            tasks.addTask {
                if let signal = await signals.first() { say("signal \(signal): ending") }
                return .success(())
            }
            tasks.addTask { await failed().map { .failure($0) } }
            tasks.addTask {
                await meanwhile()
                return nil
            }
            defer { tasks.cancelAll() }
            while let end = try await tasks.next() {
                if let end { return end }
            }
            return .success(())
        }
    }

    /// Applies the migrations that are missing.
    static func migrate(databaseURL: String, on loop: EventLoop) async throws -> PostgresMigrator.Report {
        let directory = try MigrationsDirectory.find()
        return try await loop.run {
            let migrator = try PostgresMigrator(try PostgresMigration.read(directory: directory))
            return try await migrator.migrate(PostgresConfiguration(url: databaseURL), on: loop)
        }
    }
}
