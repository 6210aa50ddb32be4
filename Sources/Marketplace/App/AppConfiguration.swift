// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import MarketCrypto
public import MarketHTTP
public import Media

/// Everything that can be set from outside, read and checked once at the start, immutable from then on.
///
/// Each field names its key in the environment; the table with defaults and ranges is in README.md, and `mve config`
/// prints the values in force.
public struct AppConfiguration: Sendable {
    /// What kind of installation this is.
    public enum Mode: String, Sendable, CaseIterable {
        /// Generated secrets, the provider's sandbox and a demo catalogue are allowed.
        case development
        /// Only real secrets and the real provider are allowed.
        case production
    }

    /// The listeners.
    public struct HTTP: Sendable {
        /// `HTTP_HOST`: an IPv4 or IPv6 address.
        public let host: String
        /// `HTTP_PORT`: 0 picks a free one.
        public let port: Int
        /// `METRICS_PORT`, on the same host: 0 picks a free one.
        public let metricsPort: Int
        /// `HTTP_CONNECTIONS_MAX`: nil is no bound; above it new connections are answered 503 and closed.
        public let connectionsMax: Int?
        /// `HTTP_CONNECTIONS_PER_SOURCE_MAX`: nil is no bound.
        public let connectionsPerSourceMax: Int?
        /// `TRUSTED_PROXIES`: our own proxies, believed about `X-Forwarded-For` and `X-Forwarded-Proto`, and exempt from the
        /// bound per source.
        public let trustedProxies: [AddressRange]
        /// `CORS_ORIGINS`: the origins whose pages may read answers, as browsers send them; empty is none.
        public let corsOrigins: [String]
        /// `HSTS_MAX_AGE`: seconds for which browsers insist on TLS; nil says nothing to them.
        public let hstsMaxAge: Int?
        /// `ACCESS_LOG`: where a line for each request goes; nil: nowhere.
        public let accessLog: AccessLogPlace?
        /// `TLS_CERTIFICATE`, `TLS_KEY`: nil speaks plain HTTP.
        public let tls: TLSFiles?
    }

    /// Where access lines go.
    public enum AccessLogPlace: Sendable, Equatable {
        /// `-`
        case standardOutput
        /// An absolute path.
        case file(String)
    }

    /// The payment provider.
    public enum PaymentProvider: Sendable {
        /// No credentials are configured: the sandbox is started as a child and hands out its own.
        case sandbox
        /// The real one, or a sandbox that somebody else runs.
        case razorpay(Razorpay)
    }

    /// Razorpay's address and credentials.
    public struct Razorpay: Sendable {
        /// `RAZORPAY_BASE_URL`, without a slash at the end.
        public let baseURL: String
        /// `RAZORPAY_KEY_ID`
        public let keyID: String
        /// `RAZORPAY_KEY_SECRET`
        public let keySecret: String
        /// `RAZORPAY_WEBHOOK_SECRETS`: at least one; all are active, so that one can be replaced without a gap.
        public let webhookSecrets: [String]

        /// Takes them as given, as the sandbox hands them out.
        public init(baseURL: String, keyID: String, keySecret: String, webhookSecrets: [String]) {
            self.baseURL = baseURL
            self.keyID = keyID
            self.keySecret = keySecret
            self.webhookSecrets = webhookSecrets
        }
    }

    /// Who is slowed down.
    public enum RateLimits: Sendable, Equatable {
        /// The limits of the API's contract.
        case standard
        /// None; refused in production.
        case off
        /// A policy file's absolute path, and what it says.
        case file(String, RateLimitBudgets)

        /// The budgets in force; nil where nobody is slowed down.
        var budgets: RateLimitBudgets? {
            switch self {
            case .standard: .standard
            case .off: nil
            case .file(_, let budgets): budgets
            }
        }
    }

    /// How the actors are divided and bounded.
    public struct Actors: Sendable {
        /// `ACTORS_CART_SHARDS`: directories of carts, a power of two up to 1024, as all shard counts are.
        public let cartShards: Int
        /// `ACTORS_INVENTORY_SHARDS`
        public let inventoryShards: Int
        /// `ACTORS_IDEMPOTENCY_SHARDS`
        public let idempotencyShards: Int
        /// `ACTORS_ORDER_SHARDS`
        public let orderShards: Int
        /// `ACTORS_PAYMENT_SHARDS`
        public let paymentShards: Int
        /// `ACTORS_BATCH_MAX`: messages that share one transaction, 1…1024.
        public let batchMax: Int
        /// `ACTORS_MAILBOX_MAX`: messages that may wait; one more is answered 503. At least `batchMax`.
        public let mailboxMax: Int
    }

    /// `MVE_ENV`
    public let mode: Mode
    /// The listeners.
    public let http: HTTP
    /// `DATABASE_URL`: a libpq URI; nil runs a private PostgreSQL.
    public let databaseURL: String?
    /// `REDIS_URL`: `redis://host:port[/db]` or the absolute path of a socket; nil runs a private Redis.
    public let redisURL: String?
    /// `MVE_DATA_DIR`: absolute path.
    public let dataDirectory: String
    /// `SECRET_KEY`
    public let secretKey: SecretKeySource
    /// `SECRET_KEY_PREVIOUS`: what was signed or sealed with these is still believed and opened.
    let previousSecrets: [SecretKey]
    /// `SMTP_URL`, `MAIL_FROM`, `SHOP_URL`
    public let mail: Mail
    /// `ADMIN_SECOND_FACTOR`: whether routes for admins are closed to those without one.
    public let adminsNeedSecondFactor: Bool
    /// `RAZORPAY_*`
    public let payments: PaymentProvider
    /// `RATE_LIMITS`
    public let rateLimits: RateLimits
    /// `RESERVATION_TTL`: how long an unpaid order keeps its units.
    public let reservationTTL: Duration
    /// `REFUND_SECOND_ADMIN_ABOVE`: minor units above which a second admin decides about a refund.
    public let refundSecondAdminAbove: Int64
    /// `RETURN_WINDOW_DAYS`: how long goods may come back whose product says nothing of it.
    public let returnWindowDays: Int
    /// `COD_MAX`, `COD_EXCEPT`: what may be paid in cash at the door.
    public let cashOnDelivery: CashOnDelivery
    /// `KYC_SCAN_SOCKET`: the socket of the virus scanner that sellers' documents have to pass; nil: none is asked.
    public let documentScanner: ScannerSocket?
    /// `RUNTIME_LOOPS`: event loops of this process.
    public let loops: Int
    /// `ACTORS_*`
    public let actors: Actors
    /// `MVE_CRASH_AT`: the step at which a test build kills itself, and at which passage of it.
    public let crashAt: CrashPoint.Plan?
    /// What `mve config` prints.
    public let report: [ConfigurationReport.Line]

    /// A copy that runs private services whatever `DATABASE_URL` and `REDIS_URL` say (`mve serve --embedded`).
    public func withEmbeddedServices() -> AppConfiguration {
        AppConfiguration(
            mode: mode, http: http, databaseURL: nil, redisURL: nil, dataDirectory: dataDirectory, secretKey: secretKey,
            previousSecrets: previousSecrets, mail: mail, adminsNeedSecondFactor: adminsNeedSecondFactor,
            payments: payments, rateLimits: rateLimits, reservationTTL: reservationTTL,
            refundSecondAdminAbove: refundSecondAdminAbove, returnWindowDays: returnWindowDays,
            cashOnDelivery: cashOnDelivery,
            documentScanner: documentScanner, loops: loops, actors: actors,
            crashAt: crashAt, report: report)
    }
}
