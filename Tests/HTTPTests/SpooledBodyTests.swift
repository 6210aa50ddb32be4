// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing
import UVRuntime

@testable import HTTP

/// Bodies of any media type that are too long for memory, and the directory they wait in.
@Suite(.timeLimit(.minutes(5))) struct SpooledBodyTests {
    private static let raw = Route(.put, "/raw/", name: "raw", reads: .spooled(memoryMax: 1000)) { request in
        let digest = request.file?.digest ?? SHA256.hash(request.body)
        return .text("\(request.file?.size ?? request.body.count) \(digest.hex) \(request.file == nil)")
    }

    private static func put(_ body: [UInt8], _ lines: [String] = []) -> [UInt8] {
        Upload.request("/raw/", body, lines, method: "PUT")
    }

    @Test func longOnesAreInAFile() async throws {
        let directory = UploadDirectory()
        try await LiveServer.run([Self.raw], configure: { directory.use(&$0) }) { live in
            let client = try await live.connect()
            for size in [0, 1, 1000, 1001, 65_536, 65_537, 4_000_000] {
                let body = Upload.noise(size)
                let answer = try await client.ask(Self.put(body))
                #expect(answer.body == "\(size) \(SHA256.hash(body).hex) \(size <= 1000)")
            }
            let text = [UInt8](repeating: 0x41, count: 200_000)
            let coded = try GzipDecoderTests.coded(text)
            let answer = try await client.ask(Self.put(coded, ["Content-Encoding: gzip"]))
            #expect(answer.body == "200000 \(SHA256.hash(text).hex) false")
            try await live.until { directory.names.isEmpty }
        }
    }

    @Test func aFullDirectoryIsARefusal() async throws {
        let directory = UploadDirectory()
        try await LiveServer.run(
            [Self.raw],
            configure: {
                directory.use(&$0)
                $0.spoolMax = 100_000
            }
        ) { live in
            for size in [100_001, 100_000, 300_000, 100_000] {
                let client = try await live.connect()
                let answer = try await client.ask(Self.put(Upload.noise(size)))
                #expect(answer.status == (size > 100_000 ? 503 : 200))
                if size > 100_000 {
                    #expect(answer.field("retry-after") == "5")
                    #expect(answer.body.contains("\"code\":\"overloaded\""))
                }
                await client.close()
                try await live.until { directory.names.isEmpty }
            }
        }
    }

    /// Back-pressure: what the disk does not take stays with the client, and the server does not wait for ever.
    @Test func aDiskThatHangsHoldsTheClientBack() async throws {
        let directory = UploadDirectory()
        try await LiveServer.run(
            [Self.raw],
            configure: {
                directory.use(&$0)
                $0.timeouts.handler = .milliseconds(100)
            }
        ) { live in
            let workers = try await HeldWorkers.hold(live)
            let client = try await live.connect()
            await client.send(Self.put(Upload.noise(24_000_000)))
            let answer = try await client.answer()
            #expect(answer.status == 503)
            #expect(answer.field("retry-after") == "5")
            // More than the sockets of both sides and what is dropped behind an answer.
            #expect(await client.pendingBytes > 1_000_000)
            workers.release()
            try await live.until { directory.names.isEmpty }
            #expect(try await live.connect().ask(Self.put(Upload.noise(10))).status == 200)
        }
    }

    @Test func aDirectoryThatVanishesIsARefusal() async throws {
        let directory = UploadDirectory()
        try await LiveServer.run([Self.raw], configure: { $0.spoolDirectory = directory.path + "/below" }) { live in
            #expect(directory.names == ["below"])
            #expect(directory.removeFolder("below"))
            let client = try await live.connect()
            #expect(try await client.ask(Self.put(Upload.noise(2000))).status == 503)
            #expect(try await live.connect().ask(Self.put(Upload.noise(1000))).status == 200)
        }
    }

    @Test func whatDeadProcessesLeftIsRemovedAtTheStart() async throws {
        let directory = UploadDirectory()
        directory.write("mve-upload-old", age: SpoolDirectory.staleSeconds + 10)
        directory.write("mve-upload-new")
        directory.write("other", age: SpoolDirectory.staleSeconds + 10)
        try await LiveServer.run([Self.raw], configure: { directory.use(&$0) }) { _ in
            #expect(directory.names.sorted() == ["mve-upload-new", "other"])
        }
    }

    @Test func aDirectoryThatCannotBeUsedIsAnError() async throws {
        await #expect(throws: SpoolError.self) {
            try await LiveServer.run([Self.raw], configure: { $0.spoolDirectory = "/proc/none/below" }) { _ in }
        }
        // Nobody needs it here.
        let hello = Route.immediate(.get, "/", name: "hello") { _ in .text("hello") }
        try await LiveServer.run([hello], configure: { $0.spoolDirectory = "/proc/none/below" }) { _ in }
    }
}
