// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Media

extension AppConfiguration {
    /// Reads and checks everything.
    ///
    /// - Throws: `ConfigurationError` with all problems found.
    /// - Cost: reads `.env`; makes no file.
    public static func load(_ sources: ConfigurationSources = ConfigurationSources()) throws(ConfigurationError) -> Self
    {
        var reader = ConfigurationReader(sources)
        let mode = reader.value("MVE_ENV", default: Mode.development, display: Mode.development.rawValue) {
            text throws(ConfigurationSyntaxError) in
            guard let mode = Mode(rawValue: text) else { throw .init("must be development or production") }
            return mode
        }
        let base = sources.workingDirectory
        let http = readHTTP(&reader, mode: mode, base: base)
        let databaseURL = reader.text(
            "DATABASE_URL", absent: "(embedded PostgreSQL)", mayHoldPassword: true, check: checkDatabaseURL)
        refuseReplicas(&reader)
        let redisURL = reader.text("REDIS_URL", absent: "(embedded Redis)", mayHoldPassword: true, check: checkRedisURL)
        let dataDirectory = absolute(
            reader.value("MVE_DATA_DIR", default: "var", display: "var") { $0 }, base: base)
        let secretKey = readSecretKey(&reader, mode: mode, dataDirectory: dataDirectory)
        let previousSecrets = readPreviousSecrets(&reader)
        let mail = readMail(&reader, dataDirectory: dataDirectory)
        let needsSecondFactor = readSecondFactor(&reader, mode: mode)
        let payments = readPayments(&reader, mode: mode)
        let rateLimits = readRateLimits(&reader, mode: mode, base: base)
        let ttl = reader.integer("RESERVATION_TTL", default: 900, in: 60...3_600, unit: " of seconds")
        // ₹25,000; the top is more than any order.
        let secondAdminAbove = reader.integer(
            "REFUND_SECOND_ADMIN_ABOVE", default: 2_500_000, in: 0...1_000_000_000_000, unit: " of paise")
        let returnWindow = reader.integer("RETURN_WINDOW_DAYS", default: 7, in: 0...90)
        let cash = readCash(&reader)
        let scanner = reader.value("KYC_SCAN_SOCKET", default: ScannerSocket?.none, display: "(none)") {
            text throws(ConfigurationSyntaxError) -> ScannerSocket? in
            guard let scanner = ScannerSocket(path: absolute(text, base: base)) else {
                throw .init("must be the path of a socket, shorter than 108 octets")
            }
            return scanner
        }
        let loops = reader.integer("RUNTIME_LOOPS", default: 1, in: 1...64)
        let actors = readActors(&reader)
        let crashAt = readCrashAt(&reader, mode: mode)
        reader.refuseUnknown(prefix: "MVE_")
        guard reader.problems.isEmpty else { throw ConfigurationError(problems: reader.problems) }
        return AppConfiguration(
            mode: mode, http: http, databaseURL: databaseURL, redisURL: redisURL, dataDirectory: dataDirectory,
            secretKey: secretKey, previousSecrets: previousSecrets, mail: mail,
            adminsNeedSecondFactor: needsSecondFactor, payments: payments, rateLimits: rateLimits,
            reservationTTL: .seconds(ttl), refundSecondAdminAbove: Int64(secondAdminAbove),
            returnWindowDays: returnWindow, cashOnDelivery: cash,
            documentScanner: scanner, loops: loops,
            actors: actors, crashAt: crashAt, report: reader.report)
    }

    /// Nothing is read from replicas: addresses that change nothing would be believed to take load away.
    private static func refuseReplicas(_ reader: inout ConfigurationReader) {
        let urls = reader.value(
            "DATABASE_REPLICA_URLS", default: [], display: "(none)", mayHoldPassword: true, parse: checkReplicaURLs)
        if !urls.isEmpty {
            reader.problem("DATABASE_REPLICA_URLS", "must be empty: this version reads from DATABASE_URL alone")
        }
    }

    private static func readHTTP(_ reader: inout ConfigurationReader, mode: Mode, base: String) -> HTTP {
        let host = reader.value("HTTP_HOST", default: "127.0.0.1", display: "127.0.0.1") {
            text throws(ConfigurationSyntaxError) in
            guard isAddress(text) else { throw .init("must be an IPv4 or IPv6 address") }
            return text
        }
        let port = reader.integer("HTTP_PORT", default: 8_000, in: 0...65_535)
        let metricsPort = reader.integer("METRICS_PORT", default: 9_100, in: 0...65_535)
        if port == metricsPort && port != 0 { reader.problem("METRICS_PORT", "must differ from HTTP_PORT (\(port))") }
        // 0 is "no bound"; the top is more sockets than a process gets.
        let connections = reader.integer("HTTP_CONNECTIONS_MAX", default: 12_000, in: 0...1_000_000)
        let perSource = reader.integer("HTTP_CONNECTIONS_PER_SOURCE_MAX", default: 512, in: 0...1_000_000)
        return HTTP(
            host: host, port: port, metricsPort: metricsPort, connectionsMax: connections == 0 ? nil : connections,
            connectionsPerSourceMax: perSource == 0 ? nil : perSource, trustedProxies: readTrustedProxies(&reader),
            corsOrigins: readOrigins(&reader), hstsMaxAge: readHSTSMaxAge(&reader),
            accessLog: readAccessLog(&reader, mode: mode, base: base), tls: readTLS(&reader, base: base))
    }

    /// In production a server that says nothing about its requests is a mistake; while developing its lines would hide others.
    private static func readAccessLog(
        _ reader: inout ConfigurationReader, mode: Mode, base: String
    ) -> AccessLogPlace? {
        let isProduction = mode == .production
        return reader.value(
            "ACCESS_LOG", default: isProduction ? .standardOutput : nil, display: isProduction ? "-" : "off"
        ) { text -> AccessLogPlace? in
            switch text {
            case "off": nil
            case "-": .standardOutput
            default: .file(absolute(text, base: base))
            }
        }
    }

    /// Both files or neither; what stands in them is read when the server starts, and again on SIGHUP.
    private static func readTLS(_ reader: inout ConfigurationReader, base: String) -> TLSFiles? {
        let files = ["TLS_CERTIFICATE", "TLS_KEY"].map { key in
            reader.value(key, default: String?.none, display: "(plain HTTP)") { absolute($0, base: base) }
        }
        switch (files[0], files[1]) {
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (nil, nil): break
        case (_?, nil): reader.problem("TLS_KEY", "must be set when TLS_CERTIFICATE is")
        case (nil, _?): reader.problem("TLS_CERTIFICATE", "must be set when TLS_KEY is")
        }
        return nil
    }

    private static func readTrustedProxies(_ reader: inout ConfigurationReader) -> [AddressRange] {
        reader.value("TRUSTED_PROXIES", default: [], display: "(none)") {
            text throws(ConfigurationSyntaxError) -> [AddressRange] in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
            // Each one is compared with the peer of every connection; an installation has a handful of networks.
            guard (1...64).contains(parts.count) else { throw .init("must be one to 64 addresses or ranges") }
            var ranges: [AddressRange] = []
            for part in parts {
                guard let range = AddressRange(part) else {
                    throw .init("must be a comma list of addresses or ranges such as 10.0.0.0/8 or 2001:db8::/32")
                }
                ranges.append(range)
            }
            return ranges
        }
    }

    private static func readSecretKey(
        _ reader: inout ConfigurationReader, mode: Mode, dataDirectory: String
    ) -> SecretKeySource {
        let path = dataDirectory + "/secret.key"
        let isProduction = mode == .production
        let absent = isProduction ? "(missing)" : "(generated in \(path))"
        let before = reader.problems.count
        let given = reader.value("SECRET_KEY", default: [UInt8]?.none, display: absent, isSecret: true) {
            text throws(ConfigurationSyntaxError) in try SecretKeySource.parse(text)
        }
        if isProduction && given == nil && reader.problems.count == before {
            reader.problem("SECRET_KEY", "must be set when MVE_ENV is production (openssl rand -hex 32)")
        }
        return SecretKeySource(origin: given.map { .given($0) } ?? .file(path))
    }

    private static func readActors(_ reader: inout ConfigurationReader) -> Actors {
        let actors = Actors(
            cartShards: reader.shards("ACTORS_CART_SHARDS", default: 16),
            inventoryShards: reader.shards("ACTORS_INVENTORY_SHARDS", default: 16),
            idempotencyShards: reader.shards("ACTORS_IDEMPOTENCY_SHARDS", default: 16),
            orderShards: reader.shards("ACTORS_ORDER_SHARDS", default: 1),
            paymentShards: reader.shards("ACTORS_PAYMENT_SHARDS", default: 1),
            batchMax: reader.integer("ACTORS_BATCH_MAX", default: 128, in: 1...1_024),
            mailboxMax: reader.integer("ACTORS_MAILBOX_MAX", default: 4_096, in: 1...1_048_576))
        if actors.mailboxMax < actors.batchMax {
            reader.problem("ACTORS_MAILBOX_MAX", "must not be below ACTORS_BATCH_MAX (\(actors.batchMax))")
        }
        return actors
    }

    private static func readCrashAt(_ reader: inout ConfigurationReader, mode: Mode) -> CrashPoint.Plan? {
        let step = reader.value("MVE_CRASH_AT", default: CrashPoint.Plan?.none, display: "(never)") {
            text throws(ConfigurationSyntaxError) in
            guard let plan = CrashPoint.Plan(text) else {
                throw .init("must be a step of CrashPoint such as order.held, or order.held:3 for its third passage")
            }
            return plan
        }
        if step != nil && mode == .production {
            reader.problem("MVE_CRASH_AT", "must not be set when MVE_ENV is production")
        }
        #if !DEBUG
            if step != nil { reader.problem("MVE_CRASH_AT", "works in test builds only") }
        #endif
        return step
    }
}
