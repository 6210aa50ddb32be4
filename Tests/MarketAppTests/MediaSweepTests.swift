// SPDX-License-Identifier: Apache-2.0
import Catalog
import Foundation
import Logging
import MarketCrypto
import Media
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

/// Files that no row names go, and the others stay.
@Suite(.timeLimit(.minutes(2))) struct MediaSweepTests {
    /// PNG files of one pixel, of different colours.
    private static let pictures = [
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4wcUFAAJ6AN1nJ0J9AAAAAElFTkSuQmCC",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGPgOsEFAAG8AN0ZIchPAAAAAElFTkSuQmCC",
    ]

    @Test func onlyWhatNobodyNamesGoes() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mve-sweep-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = try #require(SecretKey([UInt8](repeating: 3, count: 32)))
        let octets = try Self.pictures.map { [UInt8](try #require(Data(base64Encoded: $0))) }
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
            let files = FileStore(directory: folder.path, keys: PrivateFileKeys(secret))
            let published = try await loop.run {
                let images = ImageProcessor(loop: loop)
                var published: [PublicFile] = []
                for picture in octets { published.append(try await files.publish(try await images.process(picture))) }
                return published
            }
            _ = try await database.sql(Self.row(naming: published[0]))
            let store = ImageUpkeepStore(client: pool)
            let sweep = MediaSweep(
                loop: loop, files: files, removals: [{ try await store.removeUnused() }],
                uses: [{ try await store.used(among: $0) }],
                logger: Logger(label: "test"))
            let folders = published.map { Int($0.digest.bytes[0]) << 8 | Int($0.digest.bytes[1]) }
            @Sendable func gone(_ age: Int) async throws -> Int {
                try await loop.run { () async throws -> Int in
                    var count = 0
                    for folder in folders { count += try await sweep.sweep(folder: folder, age: age) }
                    return count
                }
            }
            // Whoever has just written a file is about to write its row.
            let (young, old, again) = (try await gone(3600), try await gone(-10), try await gone(-10))
            // The picture and its three thumbnails.
            #expect(young == 0 && old == 4 && again == 0)
            for (file, isThere) in zip(published, [true, false]) {
                let path = folder.path + file.url
                #expect(FileManager.default.fileExists(atPath: path) == isThere, "\(path)")
            }
            // With the row goes its file.
            _ = try await database.sql("update catalog.images set expires_at = now() - interval '1 second'")
            let rows = try await loop.run { try await sweep.removeRows() }
            let last = try await gone(-10)
            #expect(rows == 1 && last == 4)
            try await loop.run { await pool.close() }
            await group.shutdown()
        }
    }

    private static func row(naming file: PublicFile) -> String {
        let digest = file.digest.bytes.map { String(format: "%02x", $0) }.joined()
        return """
            insert into sellers.sellers (id, slug, business_name, status) values (11, 'loom', 'Loom', 'active');
            insert into catalog.images (id, seller_id, sent_sha256, digest, kind, width, height)
            values (1, 11, '\\x\(digest)', '\\x\(digest)', 'jpeg', 1, 1);
            """
    }
}
