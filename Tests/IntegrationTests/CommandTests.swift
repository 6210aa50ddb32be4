// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// The command line as operators and scripts use it: outputs and exit codes of the built program.
@Suite(.timeLimit(.minutes(5))) struct CommandTests {
    private static let services = ["REDIS_URL": "redis://127.0.0.1:1"]

    @Test func checkSaysWhichInvariantIsBroken() async throws {
        try await TestDatabase.with { database in
            let environment = Self.services.merging(["DATABASE_URL": database.url]) { $1 }
            _ = try await database.sql(Fixture.catalogue(stock: 5))
            let sound = try await MarketCommand.run(["check"], environment: environment)
            #expect(sound.status == 0, "\(sound.complaints)")
            #expect(sound.output.hasSuffix("invariants hold\n"))
            _ = try await database.sql("update inventory.stock set reserved = 2;")
            let broken = try await MarketCommand.run(["check"], environment: environment)
            #expect(broken.status == 1)
            #expect(broken.output == "broken: stock.reserved_is_held_plus_committed (1 rows)\n")
        }
    }

    @Test func migrateAndSeedPrepareAnEmptyDatabase() async throws {
        try await TestDatabase.with(migrated: false) { database in
            let environment = Self.services.merging(["DATABASE_URL": database.url]) { $1 }
            let migrated = try await MarketCommand.run(["migrate"], environment: environment)
            #expect(migrated.status == 0, "\(migrated.complaints)")
            #expect(migrated.output.hasPrefix("0001_platform.sql\n"))
            let again = try await MarketCommand.run(["migrate"], environment: environment)
            #expect(again.output == "nothing to apply\n")
            let arguments = ["seed", "--products", "20", "--skus", "30", "--buyers", "4", "--tokens", "tokens.tsv"]
            let seeded = try await MarketCommand.run(arguments, environment: environment)
            #expect(seeded.status == 0, "\(seeded.complaints)")
            #expect(seeded.output.contains("customer@mve.test / "))
            #expect(seeded.output.contains("Wrote 4 tokens"))
            #expect(seeded.output.contains("Filled 4 carts."))
            let check = try await MarketCommand.run(["check"], environment: environment)
            #expect(check.status == 0, "\(check.output)")
        }
    }

    private static let codes: [(line: String, status: Int32)] = [
        ("check", 3), ("migrate", 3), ("seed", 3), ("serve", 3), ("seed --skus many", 2), ("seed --tokens file", 2),
        ("seed --stock 0", 2),
        ("nonsense", 2), ("serve --port 70000", 2), ("serve --port 0", 3), ("check --loud", 2), ("version", 0),
        ("routes", 0), ("config", 0),
    ]

    @Test("what cannot be reached is exit code 3, what is wrong in the words is 2", arguments: codes)
    func exitCodes(line: String, status: Int32) async throws {
        let run = try await MarketCommand.run(
            line.split(separator: " ").map(String.init),
            environment: Self.services.merging(["DATABASE_URL": "postgresql://127.0.0.1:1/none", "HTTP_PORT": "0"]) {
                $1
            })
        #expect(run.status == status, "\(run.complaints)")
        if status != 0 { #expect(!run.complaints.isEmpty) }
    }

    /// Otherwise every process would hold libvips and the 68 libraries that only it needs from its start (docs/adr/0016).
    @Test func thePictureLibraryIsNotLoadedWithTheProgram() async throws {
        // The dynamic linker lists what it would load, and ends.
        let run = try await MarketCommand.run([], environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
        #expect(run.output.contains("libuv.so"), "\(run.complaints)")
        for library in ["vips", "libgobject", "libglib", "libX11"] { #expect(!run.output.contains(library)) }
    }

    /// A library's malloc is used where it comes before that of the C library (docs/adr/0019).
    @Test func theAllocatorComesBeforeTheCLibrary() async throws {
        let run = try await MarketCommand.run([], environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
        let libraries = run.output.split(separator: "\n")
        let allocator = try #require(libraries.firstIndex { $0.contains("libmimalloc.so") }, "\(run.complaints)")
        let system = try #require(libraries.firstIndex { $0.contains("libc.so") })
        #expect(allocator < system)
    }

    @Test func twoServersDoNotShareAPort() async throws {
        try await LiveShop.with { shop in
            let port = try #require(shop.server.url.split(separator: ":").last.map(String.init))
            let environment = Self.services.merging(["DATABASE_URL": shop.database.url]) { $1 }
            let second = try await MarketCommand.run(["serve", "--port", port], environment: environment)
            #expect(second.status == 2)
            #expect(second.complaints.contains("HTTP_PORT: another program listens on 127.0.0.1:\(port) already"))
        }
    }

    @Test func replicasAreRefusedAndTheirPasswordsKept() async throws {
        for command in ["serve", "config"] {
            let run = try await MarketCommand.run(
                [command], environment: ["DATABASE_REPLICA_URLS": "postgresql://mve:hunter2@replica/mve"])
            #expect(run.status == 2)
            #expect(run.complaints.contains("DATABASE_REPLICA_URLS: must be empty"), "\(run.complaints)")
            #expect(!run.complaints.contains("hunter2") && !run.output.contains("hunter2"))
        }
    }

    @Test("an address that cannot be listened on is a problem of its key", arguments: ["0", "8080"])
    func anAddressOfAnotherMachine(port: String) async throws {
        let run = try await MarketCommand.run(
            ["serve", "--port", port],
            environment: Self.services.merging([
                "DATABASE_URL": "postgresql://127.0.0.1:1/none", "HTTP_HOST": "192.0.2.1", "METRICS_PORT": "0",
            ]) { $1 })
        #expect(run.status == 2)
        #expect(run.complaints.contains("HTTP_HOST: this machine has no such address"), "\(run.complaints)")
    }

    @Test func theSeedIsRefusedInProduction() async throws {
        let run = try await MarketCommand.run(
            ["seed", "--skus", "10", "--buyers", "3"],
            environment: Self.services.merging([
                "MVE_ENV": "production", "DATABASE_URL": "postgresql://127.0.0.1:1/none",
                "SECRET_KEY": ServerProcess.secretHex, "RAZORPAY_KEY_ID": "rzp_live_abcdefgh",
                "RAZORPAY_KEY_SECRET": "productionsecret0001", "RAZORPAY_WEBHOOK_SECRETS": "productionsecret0002",
            ]) { $1 })
        #expect(run.status == 2)
        #expect(run.complaints.contains("refused"))
    }
}
