// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketHTTP
import Testing

@testable import MarketApp

struct AppConfigurationTests {
    static let key = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f"
    static let live = [
        "MVE_ENV": "production", "SECRET_KEY": key, "RAZORPAY_KEY_ID": "rzp_live_Abcdefgh123456",
        "RAZORPAY_KEY_SECRET": "kS3cr3tkS3cr3tkS3cr3tkS3",
        "RAZORPAY_WEBHOOK_SECRETS": "wh00kwh00kwh00k1,wh00kwh00kwh00k2",
    ]

    @Test func hasTheDocumentedDefaultsWhenNothingIsSet() throws {
        let configuration = try load([:])
        #expect(configuration.mode == .development)
        #expect(configuration.http.host == "127.0.0.1")
        #expect(configuration.http.port == 8_000)
        #expect(configuration.http.metricsPort == 9_100)
        #expect(configuration.http.connectionsMax == 12_000)
        #expect(configuration.http.connectionsPerSourceMax == 512)
        #expect(configuration.http.trustedProxies.isEmpty)
        #expect(configuration.http.tls == nil)
        #expect(configuration.databaseURL == nil)
        #expect(configuration.redisURL == nil)
        #expect(configuration.dataDirectory == "/nowhere/var")
        #expect(configuration.rateLimits == .standard)
        #expect(configuration.reservationTTL == .seconds(900))
        #expect(configuration.loops == 1)
        #expect(configuration.actors.cartShards == 16)
        #expect(configuration.actors.inventoryShards == 16)
        #expect(configuration.actors.idempotencyShards == 16)
        #expect(configuration.actors.orderShards == 1)
        #expect(configuration.actors.paymentShards == 1)
        #expect(configuration.actors.batchMax == 128)
        #expect(configuration.actors.mailboxMax == 4_096)
        #expect(configuration.crashAt == nil)
        guard case .sandbox = configuration.payments else { Issue.record("expected the sandbox"); return }
    }

    @Test func tlsTakesBothFilesOrNeither() throws {
        let both = try load(["TLS_CERTIFICATE": "tls/chain.pem", "TLS_KEY": "/etc/mve/key.pem"])
        #expect(both.http.tls == TLSFiles(certificate: "/nowhere/tls/chain.pem", key: "/etc/mve/key.pem"))
        for (set, missing) in [("TLS_CERTIFICATE", "TLS_KEY"), ("TLS_KEY", "TLS_CERTIFICATE")] {
            let error = #expect(throws: ConfigurationError.self) { try load([set: "/etc/mve/some.pem"]) }
            #expect(error?.problems.map(\.description) == ["\(missing): must be set when \(set) is"])
        }
    }

    @Test(
        "values at their bounds are taken",
        arguments: [
            ("HTTP_PORT", "0"), ("HTTP_PORT", "65535"), ("RESERVATION_TTL", "60"), ("RESERVATION_TTL", "3600"),
            ("ACTORS_ORDER_SHARDS", "1"), ("ACTORS_ORDER_SHARDS", "1024"), ("ACTORS_BATCH_MAX", "1"),
            ("HTTP_CONNECTIONS_MAX", "0"), ("HTTP_HOST", "::1"), ("REDIS_URL", "/run/redis.sock"),
            ("REDIS_URL", "redis://cache:6379/0"), ("DATABASE_URL", "postgresql:///mve?host=/run"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, ::1"), ("TRUSTED_PROXIES", "0.0.0.0/0"),
            ("TRUSTED_PROXIES", Array(repeating: "127.0.0.1", count: 64).joined(separator: ",")),
            ("DATABASE_URL", "host=/run dbname=mve"), ("RATE_LIMITS", "off"), ("MVE_ENV", "development"),
            ("CORS_ORIGINS", "https://shop.example"), ("CORS_ORIGINS", "http://[::1]:3000, http://localhost:3000"),
            ("HSTS_MAX_AGE", "0"), ("HSTS_MAX_AGE", "63072000"), ("COD_MAX", "0"), ("COD_MAX", "19999999"),
            ("COD_EXCEPT", "AN, LD,6, 682553"),
        ])
    func takes(key: String, value: String) throws {
        _ = try load([key: value])
    }

    @Test(
        "values past their bounds are refused under their key",
        arguments: [
            ("HTTP_PORT", "-1"), ("HTTP_PORT", "65536"), ("HTTP_PORT", "80x"), ("HTTP_PORT", "+80"),
            ("RESERVATION_TTL", "59"),
            ("RESERVATION_TTL", "3601"), ("ACTORS_ORDER_SHARDS", "0"), ("ACTORS_ORDER_SHARDS", "3"),
            ("ACTORS_ORDER_SHARDS", "2048"), ("ACTORS_BATCH_MAX", "0"), ("ACTORS_MAILBOX_MAX", "127"),
            ("HTTP_HOST", "localhost"), ("REDIS_URL", "cache:6379"), ("REDIS_URL", "redis://cache/0/1"),
            ("DATABASE_URL", "mysql://x"), ("RATE_LIMITS", "no-such-file"), ("MVE_ENV", "staging"),
            ("METRICS_PORT", "8000"), ("TRUSTED_PROXIES", "localhost"), ("TRUSTED_PROXIES", "10.0.0.0/33"),
            ("TRUSTED_PROXIES", "10.0.0.1/8"), ("TRUSTED_PROXIES", "10.0.0.1,"), ("TRUSTED_PROXIES", "::1/129"),
            ("TRUSTED_PROXIES", Array(repeating: "127.0.0.1", count: 65).joined(separator: ",")),
            ("SECRET_KEY", "short"), ("SECRET_KEY", String(repeating: "ab", count: 32)), ("MVE_CRASH_AT", "Step One"),
            ("CORS_ORIGINS", "*"), ("CORS_ORIGINS", "https://*.shop.example"), ("CORS_ORIGINS", "null"),
            ("CORS_ORIGINS", "shop.example"), ("CORS_ORIGINS", "https://shop.example/"), ("CORS_ORIGINS", "ftp://x"),
            ("CORS_ORIGINS", "https://shop.example/path"), ("CORS_ORIGINS", "https://user@shop.example"),
            ("CORS_ORIGINS", "https://shop.example:0"), ("CORS_ORIGINS", "https://shop.example:65536"),
            ("CORS_ORIGINS", "https://shop.example,"), ("CORS_ORIGINS", "https://shop example"),
            ("CORS_ORIGINS", "https://[::1::]"), ("CORS_ORIGINS", "https://shöp.example"),
            ("HSTS_MAX_AGE", "-1"), ("HSTS_MAX_AGE", "63072001"), ("HSTS_MAX_AGE", "1y"),
            ("COD_MAX", "-1"), ("COD_MAX", "20000000"), ("COD_EXCEPT", "Goa"), ("COD_EXCEPT", "AN,"),
            ("COD_EXCEPT", "0682"), ("COD_EXCEPT", "6825531"), ("COD_EXCEPT", "ZZ"),
            ("MVE_UNKNOWN", "1"), ("RAZORPAY_KEY_ID", "rzp_live_Abcdefgh123456"), ("RAZORPAY_BASE_URL", "ftp://x"),
            ("RAZORPAY_BASE_URL", "http://127.0.0.1:8400"),
        ])
    func refuses(key: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) { try load([key: value]) }
        let keys = error?.problems.map(\.key) ?? []
        let isAbout = keys.contains(key) || keys.contains { $0.hasPrefix("RAZORPAY_") && key.hasPrefix("RAZORPAY_") }
        #expect(isAbout, "\(keys)")
    }

    @Test func originsAreWhatBrowsersSend() throws {
        let value = "HTTPS://Shop.Example:443,http://shop.example:80, https://a.b:8443,https://shop.example"
        let configuration = try load(["CORS_ORIGINS": value])
        #expect(
            configuration.http.corsOrigins == ["https://shop.example", "http://shop.example", "https://a.b:8443"])
        let error = #expect(throws: ConfigurationError.self) { try load(["CORS_ORIGINS": "*"]) }
        #expect(error?.problems.first?.message.contains("every page on the web") == true)
    }

    @Test func listsEveryProblemAtOnce() {
        let error = #expect(throws: ConfigurationError.self) {
            try load(["HTTP_PORT": "x", "RUNTIME_LOOPS": "0", "MVE_TYPO": "1"])
        }
        #expect(error?.problems.map(\.key) == ["HTTP_PORT", "RUNTIME_LOOPS", "MVE_TYPO"])
    }

    @Test func productionTakesRealCredentials() throws {
        let configuration = try load(Self.live)
        guard case .razorpay(let provider) = configuration.payments else { Issue.record("expected Razorpay"); return }
        #expect(provider.baseURL == "https://api.razorpay.com")
        #expect(provider.webhookSecrets.count == 2)
        #expect(try configuration.secretKey.bytes().count == 32)
    }

    @Test(
        "production refuses what is missing, made for tests or switched off",
        arguments: [
            ("SECRET_KEY", ""), ("RAZORPAY_KEY_ID", ""), ("RAZORPAY_KEY_SECRET", ""), ("RAZORPAY_WEBHOOK_SECRETS", ""),
            ("RAZORPAY_KEY_ID", "rzp_test_Abcdefgh123456"), ("RAZORPAY_BASE_URL", "http://127.0.0.1:8400"),
            ("RATE_LIMITS", "off"), ("MVE_CRASH_AT", "order.held:2"), ("RAZORPAY_KEY_SECRET", "change-me-change-me"),
        ])
    func productionRefuses(key: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(Self.live.merging([key: value]) { $1 }) }
        #expect(error?.problems.map(\.key) == [key])
    }

    @Test func theEnvironmentWinsOverTheFileAndTheCommandLineOverBoth() throws {
        let directory = try scratch(".env", "HTTP_PORT=1\nMETRICS_PORT=2\nRUNTIME_LOOPS=3\n")
        defer { remove(directory) }
        let configuration = try AppConfiguration.load(
            ConfigurationSources(
                overrides: ["HTTP_PORT": "11"], environment: ["HTTP_PORT": "12", "METRICS_PORT": "13"],
                workingDirectory: directory))
        #expect(configuration.http.port == 11)
        #expect(configuration.http.metricsPort == 13)
        #expect(configuration.loops == 3)
        let sources = Dictionary(uniqueKeysWithValues: configuration.report.map { ($0.key, $0.source) })
        #expect(sources["HTTP_PORT"] == "command line")
        #expect(sources["METRICS_PORT"] == "environment")
        #expect(sources["RUNTIME_LOOPS"] == ".env")
        #expect(sources["HTTP_HOST"] == "default")
    }

    @Test func readsThePolicyFileOfTheRateLimits() throws {
        let directory = try scratch("limits", "read 10/min\n")
        defer { remove(directory) }
        for path in ["limits", directory + "/limits"] {
            let configuration = try load(["RATE_LIMITS": path], in: directory)
            let budgets = try RateLimitBudgets(parsing: "read 10/min")
            #expect(configuration.rateLimits == .file(directory + "/limits", budgets))
        }
        try "read 10/min\nreads 1/s\nwrite x\n".write(
            toFile: directory + "/limits", atomically: true, encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) { try load(["RATE_LIMITS": "limits"], in: directory) }
        #expect(error?.problems.map(\.key) == ["RATE_LIMITS", "RATE_LIMITS"])
        #expect(
            error?.problems.first?.message.hasPrefix(directory + "/limits line 2: no policy is called reads") == true)
    }

    @Test func refusesALineOfTheFileThatIsNone() throws {
        let directory = try scratch(".env", "# fine\n\nHTTP_PORT 8000\nMVE_TYPO=1\n")
        defer { remove(directory) }
        let error = #expect(throws: ConfigurationError.self) {
            try AppConfiguration.load(ConfigurationSources(environment: [:], workingDirectory: directory))
        }
        #expect(error?.problems.map(\.key) == [".env line 3", "MVE_TYPO"])
    }

    @Test(
        "lines of the file",
        arguments: [
            ("A=b", "b"), ("A = b ", "b"), ("A=\"b c\"", "b c"), ("A='b'", "b"), ("export A=b", "b"), ("A=b=c", "b=c"),
            ("A=#b", "#b"), ("A=x\nA=y", "y"), ("A=\"", "\""), ("A=b\r\n", "b"),
        ])
    func parses(text: String, value: String) {
        let file = EnvironmentFile(parsing: text)
        #expect(file.values == ["A": value])
        #expect(file.problems.isEmpty)
    }

    @Test func printsNoSecretWhetherRightOrWrong() throws {
        var environment = Self.live
        environment["DATABASE_URL"] = "postgresql://mve:hunter2@db/mve?password=hunter3"
        let report = ConfigurationReport(try load(environment)).description
        #expect(report.contains("postgresql://mve:********@db/mve"))
        environment["SECRET_KEY"] = "tooshortbutsecret"
        environment["RAZORPAY_KEY_SECRET"] = "alsosecret"
        environment["DATABASE_URL"] = "mve:hunter2@db"
        let error = #expect(throws: ConfigurationError.self) { try load(environment) }
        let said = report + (error?.description ?? "")
        for secret in ["hunter2", "hunter3", Self.key, "kS3cr3t", "wh00k", "tooshortbutsecret", "alsosecret"] {
            #expect(!said.contains(secret), "\(secret)")
        }
    }

    @Test(
        "replicas are refused, not ignored",
        arguments: [
            "postgresql://mve:hunter2@r1/mve", "postgres://mve:hunter2@r1:5432,r2:5432/mve, postgresql://r3/mve",
            "host=r1 dbname=mve", "r1:5432", "postgresql://r1/mve,", "postgresql://r1/mve,r2",
        ])
    func replicas(value: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(["DATABASE_REPLICA_URLS": value]) }
        #expect(error?.problems.map(\.key) == ["DATABASE_REPLICA_URLS"])
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func everyPasswordOfAListIsMasked() throws {
        let urls = [
            "postgresql://mve:hunter2@r1:1,r2:2/mve", "postgres://r3/mve",
            "postgresql://mve:hunter3@r4/mve?password=hunter4",
        ]
        let line = ConfigurationReport.Line(
            key: "DATABASE_REPLICA_URLS", value: urls.joined(separator: ","), source: "environment", isSecret: false)
        let masked = [
            "postgresql://mve:********@r1:1,r2:2/mve", "postgres://r3/mve",
            "postgresql://mve:********@r4/mve?password=********",
        ]
        #expect(line.value == masked.joined(separator: ","))
        let report = try load([:]).report
        #expect(report.first { $0.key == "DATABASE_REPLICA_URLS" }?.value == "(none)")
    }

    @Test func webhookSecretsAreLongerInProduction() throws {
        let test = [
            "RAZORPAY_KEY_ID": "rzp_test_x123", "RAZORPAY_KEY_SECRET": "sbx_key_secret_1",
            "RAZORPAY_WEBHOOK_SECRETS": "whsec_sandbox_1,whsec_01",
        ]
        guard case .razorpay(let provider) = try load(test).payments else { Issue.record("no provider"); return }
        #expect(provider.webhookSecrets == ["whsec_sandbox_1", "whsec_01"])
        let short = test.merging(["RAZORPAY_WEBHOOK_SECRETS": "whsec_1"]) { $1 }
        let error = #expect(throws: ConfigurationError.self) { try load(short) }
        #expect(error?.problems.map(\.key) == ["RAZORPAY_WEBHOOK_SECRETS"])
        let live = Self.live.merging(["RAZORPAY_WEBHOOK_SECRETS": "whsec_sandbox_1"]) { $1 }
        let refused = #expect(throws: ConfigurationError.self) { try load(live) }
        #expect(refused?.problems.map(\.key) == ["RAZORPAY_WEBHOOK_SECRETS"])
    }

    @Test func makesOneSecretKeyAndKeepsIt() throws {
        let directory = try scratch("unused", "")
        defer { remove(directory) }
        let path = directory + "/var/secret.key"
        let first = try load([:], in: directory).secretKey.bytes()
        let second = try load([:], in: directory).secretKey.bytes()
        #expect(first == second)
        #expect(first.count == 32)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { try load([:], in: directory).secretKey.bytes() }
    }

    private func load(_ environment: [String: String], in directory: String = "/nowhere") throws -> AppConfiguration {
        try AppConfiguration.load(ConfigurationSources(environment: environment, workingDirectory: directory))
    }

    private func scratch(_ name: String, _ text: String) throws -> String {
        let path = NSTemporaryDirectory() + "mve-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
        return path
    }

    private func remove(_ path: String) {
        #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) }
    }
}
