// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// The house, bottom to top. Who may import whom is docs/ARCHITECTURE.md §3; the build runs with
// `--explicit-target-dependency-import-check error`, so an import that is not listed here does not compile.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Without it every nonisolated async call would leave the event loop (docs/adr/0001).
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // Overlapping accesses are caught while tests run; a server does not pay for the search (docs/adr/0006).
    // And generics of one module are specialised where another uses them (docs/adr/0015).
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-cross-module-optimization"], .when(configuration: .release)),
]

/// For what ten thousand simulated worlds run through in every check (docs/SIMULATION.md): optimised in debug builds too.
/// Preconditions, overflow checks, `#if DEBUG` and `@testable` stay as they are; only `assert` would go, which nobody uses.
let optimised: [SwiftSetting] = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let deques = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

/// A target of our own. `dependencies` is the whole list of what it may import.
func place(
    _ name: String, _ path: String, _ dependencies: [Target.Dependency] = [], swiftSettings: [SwiftSetting] = settings
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(path)", swiftSettings: swiftSettings)
}

func program(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/\(path)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

/// A bounded context: every one may import the same things, and never another context.
func context(_ name: String, extra: [Target.Dependency] = []) -> Target {
    place(
        name, "Marketplace/\(name)",
        [
            "MarketCore", "MarketHTTP", "MarketCrypto", "HTTP", "Actors", "Postgres", "Redis", "UVRuntime", logging,
            metrics,
        ]
            + extra)
}

func system(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

// Where Debian keeps GLib's headers, which those of libvips ask for. gobject-2.0.pc says so too, but SwiftPM links whatever a
// .pc file names, ahead of any --as-needed of ours; then every program would load GLib at its start.
#if arch(arm64)
    let machine = "aarch64"
#else
    let machine = "x86_64"
#endif
let glibHeaders = [
    "-isystem", "/usr/include/glib-2.0", "-isystem", "/usr/lib/\(machine)-linux-gnu/glib-2.0/include",
]

let contexts: [Target.Dependency] = [
    "Accounts", "Catalog", "Carts", "Companies", "Notifications", "Wishlist", "Orders", "Payments", "Reviews",
    "Imports", "Sellers", "Ledger", "Refunds", "Operations",
]

let package = Package(
    name: "mve",
    products: [
        .executable(name: "mve", targets: ["mve"]),
        .executable(name: "razorpay-sandbox", targets: ["Sandbox"]),
        .executable(name: "bench", targets: ["bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // For FilePath, which swift-subprocess asks for.
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        // Of the load generator alone.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C libraries of the system.
        system("CUV", pkgConfig: "libuv", apt: "libuv1-dev"),
        system("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
        // hiredis.pc asks for a macro that SwiftPM refuses; its headers need no search path anyway.
        system("CHiredis", pkgConfig: nil, apt: "libhiredis-dev"),
        system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        system("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        // Debian brings no .pc file; what links it has its malloc (docs/adr/0019).
        system("CMimalloc", pkgConfig: nil, apt: "libmimalloc-dev"),
        // The few lines that Swift cannot say: a thread-local and a swiftcall hook (docs/adr/0001).
        .target(name: "CExecutorHook", path: "Sources/CExecutorHook"),
        // Loads libvips with the first picture, instead of the program with libvips (docs/adr/0016).
        .target(name: "CVips", path: "Sources/CVips", cSettings: [.unsafeFlags(glibHeaders)]),

        // Infrastructure: knows no shop, links no Foundation.
        place("UVRuntime", "Runtime", ["CUV", "CExecutorHook", deques], swiftSettings: optimised),
        place("Prometheus", "Prometheus", [metrics]),
        place("MarketCrypto", "Crypto", ["COpenSSL", "CSodium", logging]),
        place("HTTPClient", "HTTPClient", ["UVRuntime", "CCurl", logging, metrics, deques]),
        place("Postgres", "Postgres", ["UVRuntime", "CLibPQ", logging, metrics, deques]),
        place("Redis", "Redis", ["UVRuntime", "CHiredis", logging, metrics, deques]),
        place(
            "HTTP", "HTTP",
            [
                "UVRuntime", "MarketCrypto", "CZlib", logging, metrics, deques,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),

        // Tables in text, as they arrive and leave; knows no shop and needs nothing.
        place("Tabular", "Tabular"),

        // PostgreSQL, Redis and the provider's sandbox as child processes; for MarketApp and for tests.
        place(
            "LocalServices", "LocalServices",
            [
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),

        // The marketplace.
        place("MarketCore", "Marketplace/Core", swiftSettings: optimised),
        place(
            "Actors", "Actors", ["UVRuntime", "MarketCore", logging, metrics, deques], swiftSettings: optimised),
        place(
            "MarketHTTP", "Marketplace/Web",
            [
                "HTTP", "Actors", "Postgres", "Redis", "MarketCrypto", "MarketCore", "UVRuntime", logging, metrics,
                .product(name: "JWTKit", package: "jwt-kit"),
            ]),
        // Images and files that people send: decoded, made anew, kept.
        place("Media", "Marketplace/Media", ["CVips", "HTTP", "MarketCrypto", "UVRuntime", logging]),
        // Pictures that people send, as contexts keep them: form, rows, answer.
        place(
            "Pictures", "Marketplace/Pictures",
            ["Media", "MarketHTTP", "MarketCore", "MarketCrypto", "HTTP", "Postgres", "UVRuntime"]),
        context("Accounts", extra: ["Pictures"]),
        context("Catalog", extra: ["Media", "Pictures"]),
        context("Carts"),
        context("Companies"),
        context("Wishlist"),
        context("Notifications", extra: ["HTTPClient"]),
        context("Orders"),
        context("Payments", extra: ["HTTPClient"]),
        context("Reviews", extra: ["Media"]),
        context("Imports", extra: ["Tabular"]),
        context("Sellers", extra: ["Media", "Pictures"]),
        context("Ledger"),
        context("Refunds"),
        context("Operations"),
        place(
            "MarketApp", "Marketplace/App",
            contexts + [
                "MarketHTTP", "MarketCore", "MarketCrypto", "HTTP", "HTTPClient", "Actors", "Postgres", "Redis",
                "UVRuntime", "Prometheus", logging, metrics, "Media", "Pictures",
                "LocalServices", .product(name: "Configuration", package: "swift-configuration"),
            ]),

        // Programs.
        program(
            "mve", "Server",
            ["MarketApp", "CMimalloc", logging, .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        program(
            "Sandbox", "Sandbox",
            [
                "HTTP", "HTTPClient", "UVRuntime", "MarketCrypto", "MarketCore", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Measures the others from outside; nothing imports it.
        program(
            "bench", "Bench",
            [
                "CMimalloc", "UVRuntime", "HTTP", "Postgres", "Redis", "LocalServices", "MarketCore", "MarketCrypto",
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),

        // Tests mirror the sources. TestSupport starts the real services they run against.
        .target(
            name: "TestSupport",
            dependencies: [
                "LocalServices", "UVRuntime", "Postgres", "Redis", "HTTP", "HTTPClient", "MarketCore", "MarketCrypto",
                logging,
            ],
            path: "Tests/Support", swiftSettings: settings),
        // Certificates made for a test, and OpenSSL as a client.
        .target(name: "TestTLS", dependencies: ["COpenSSL"], path: "Tests/TLS", swiftSettings: settings),
        // What the endpoints of a context stand on, without a server.
        .target(
            name: "TestRoutes",
            dependencies: [
                "TestSupport", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime", "Postgres",
                logging,
            ],
            path: "Tests/Routes", swiftSettings: settings),
        tests("UVRuntimeTests", ["UVRuntime", "CUV"]),
        tests("PrometheusTests", ["Prometheus", metrics]),
        tests("MarketCryptoTests", ["MarketCrypto", "TestTLS", "COpenSSL"]),
        tests("MarketCoreTests", ["MarketCore"]),
        tests(
            "HTTPTests", ["HTTP", "Tabular", "UVRuntime", "MarketCrypto", "TestTLS", "COpenSSL", logging],
            exclude: ["Fuzz/Program"]),
        tests("HTTPClientTests", ["HTTPClient", "UVRuntime"]),
        tests("PostgresTests", ["Postgres", "UVRuntime", "LocalServices", "TestSupport"]),
        tests("RedisTests", ["Redis", "UVRuntime", logging]),
        tests("LocalServicesTests", ["LocalServices"]),
        tests(
            "MarketAppTests",
            [
                "MarketApp", "Actors", "Catalog", "Imports", "Operations", "Orders", "Media", "MarketHTTP",
                "MarketCore",
                "MarketCrypto", "HTTP", "Postgres",
                "Redis",
                "UVRuntime",
                "LocalServices", "Prometheus", "TestSupport", logging,
            ]),
        tests(
            "CatalogTests",
            [
                "Catalog", "Media", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime",
                "Postgres",
                "TestSupport", "TestRoutes", logging,
            ]),
        tests(
            "PaymentsTests",
            [
                "Payments", "Orders", "Catalog", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP",
                "HTTPClient", "UVRuntime", "Postgres", "TestSupport", logging,
            ]),
        tests(
            "ReviewsTests",
            [
                "Reviews", "Orders", "Accounts", "Catalog", "Media", "MarketHTTP", "Actors", "MarketCore",
                "MarketCrypto",
                "HTTP", "UVRuntime", "Postgres", "TestSupport", logging,
            ]),
        tests(
            "SandboxTests",
            [
                "Sandbox", "HTTP", "HTTPClient", "UVRuntime", "MarketCrypto", "MarketCore", "LocalServices", logging,
            ]),
        tests(
            "BenchTests",
            [
                "bench", "UVRuntime", "HTTP", "Postgres", "LocalServices", "MarketCore", "MarketHTTP", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        tests("TabularTests", ["Tabular"]),
        tests(
            "ImportsTests",
            [
                "Imports", "Catalog", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime",
                "Postgres", "TestSupport", "Tabular", logging,
            ]),
        tests(
            "SellersTests",
            [
                "Sellers", "Accounts", "Catalog", "Ledger", "Media", "Pictures", "MarketHTTP", "Actors", "MarketCore",
                "MarketCrypto", "HTTP",
                "UVRuntime",
                "Postgres", "TestSupport", logging,
            ]),
        tests(
            "OperationsTests",
            [
                "Operations", "MarketHTTP", "MarketCore", "HTTP", "Postgres", "UVRuntime", "TestSupport", "TestRoutes",
                logging,
            ]),
        tests(
            "RefundsTests",
            [
                "Refunds", "Payments", "Actors", "MarketHTTP", "MarketCore", "HTTP", "HTTPClient", "UVRuntime",
                "Postgres", "LocalServices", "TestSupport", "TestRoutes", logging,
            ]),
        tests("MediaTests", ["Media", "CVips", "HTTP", "MarketCrypto", "UVRuntime", logging]),
        tests("TidyTests", []),
        tests(
            "MarketHTTPTests",
            [
                "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime", "Postgres", "Redis",
                "LocalServices", "TestSupport", "Simulation", logging,
            ]),
        // Part D of the idempotency contract, over a small application of the shop's parts.
        tests(
            "IdempotencyTests",
            [
                "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime", "Postgres", "Redis",
                "LocalServices",
                "TestSupport", logging,
            ]),
        tests(
            "AccountsTests",
            [
                "Accounts", "Media", "Pictures", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP",
                "UVRuntime", "Postgres", "TestSupport", logging,
            ]),
        tests(
            "NotificationsTests",
            [
                "Notifications", "MarketHTTP", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime", "Postgres",
                "TestSupport",
                "TestRoutes", logging,
            ]),
        tests(
            "CartsTests",
            [
                "Carts", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime", "Postgres",
                "TestSupport", logging,
            ]),
        tests(
            "WishlistTests",
            [
                "Wishlist", "MarketHTTP", "MarketCore", "HTTP", "Postgres", "UVRuntime", "TestSupport", "TestRoutes",
                logging,
            ]),
        tests(
            "CompaniesTests",
            [
                "Companies", "MarketHTTP", "MarketCore", "HTTP", "Postgres", "TestSupport", "TestRoutes",
            ]),
        tests(
            "LedgerTests",
            [
                "Ledger", "MarketHTTP", "MarketCore", "HTTP", "UVRuntime", "Postgres", "TestSupport", "TestRoutes",
                logging,
            ]),
        tests(
            "OrdersTests",
            [
                "Orders", "Carts", "Catalog", "MarketHTTP", "Actors", "MarketCore", "MarketCrypto", "HTTP", "UVRuntime",
                "Postgres", "TestSupport", logging,
            ]),
        // The seeded worlds in which the real actors run on a simulated database.
        .target(
            name: "Simulation", dependencies: ["Actors", "UVRuntime", "MarketCore", logging],
            path: "Tests/Simulation", swiftSettings: optimised),
        tests("ActorsTests", ["Actors", "Simulation", "UVRuntime", "MarketCore", logging]),
        tests("SimulationTests", ["Simulation"]),
        // Many worlds at a time, for an optimised build.
        .executableTarget(
            name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate", swiftSettings: settings),
        tests(
            "IntegrationTests",
            [
                "Actors", "Carts", "Catalog", "Orders", "Postgres", "UVRuntime", "MarketCore", "MarketHTTP",
                "MarketCrypto", "HTTP", "LocalServices", "TestSupport", "TestTLS", logging,
            ]),
        tests(
            "CrashTests",
            [
                "Postgres", "UVRuntime", "MarketCore", "MarketHTTP", "MarketCrypto", "HTTP", "HTTPClient",
                "LocalServices", "TestSupport",
            ]),
    ]
)

// The fuzzer takes the place of the tests, whose sources it shares (scripts/fuzz): it links libFuzzer and is no part of
// any other build.
if Context.environment["MVE_FUZZ"] != nil {
    package.targets.removeAll { $0.type == .test }
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/CFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["HTTP", "Tabular", "CFuzzer"], path: "Tests/HTTPTests/Fuzz",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
    ]
}

// One context at a time: with TESTS_ONLY="AccountsTests,CartsTests" only these and what they stand on are built, which
// makes a change's round through the compiler a good deal shorter (docs/HACKING.md).
if let only = Context.environment["TESTS_ONLY"] {
    var wanted = Set<String>()
    var open = only.split(separator: ",").map(String.init)
    while let name = open.popLast() {
        guard wanted.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else {
            continue
        }
        for dependency in target.dependencies {
            if case .byNameItem(let below, _) = dependency { open.append(below) }
        }
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products.removeAll { product in !wanted.contains(product.name) }
}
