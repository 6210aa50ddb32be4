// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto
import Testing
import UVRuntime

@testable import Media

@Suite struct FileStoreTests {
    private static func secret(_ octet: UInt8) throws -> SecretKey {
        try #require(SecretKey([UInt8](repeating: octet, count: 32)))
    }

    private static func store(_ folder: TemporaryFolder, _ octet: UInt8 = 1) throws -> FileStore {
        FileStore(directory: folder.path, keys: PrivateFileKeys(try secret(octet)))
    }

    private static func octets(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    }

    // MARK: Public

    @Test func anImageIsKeptUnderItsContentOnce() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let image = try ImageDecoder(limits: ImageLimits()).process(
            ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40)))
        let (one, other) = try await onLoop { _ in (try await store.publish(image), try await store.publish(image)) }
        #expect(one == other && one.digest == image.digest)
        let name = Hex.encode(image.digest.bytes)
        let place = "/media/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/"
        #expect(one.url == place + name + ".jpg")
        #expect(one.thumbnailURL(480) == place + name + "-480.jpg")
        #expect(
            folder.files
                == ["", "-1200", "-160", "-480"].map { String(place.dropFirst()) + name + $0 + ".jpg" }.sorted())
        #expect(folder.read(String(one.url.dropFirst())) == image.octets)
    }

    /// What is of one upload alone has a name of its own, is not served to everybody, and goes without a trace.
    @Test func aFileOfOneUploadIsItsOwn() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let image = try ImageDecoder(limits: ImageLimits()).process(
            ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40)))
        let (plain, one, other) = try await onLoop { _ in
            (
                try await store.publish(image), try await store.publish(image, tag: "img_1"),
                try await store.publish(image, tag: "img_2")
            )
        }
        let kept = folder.files
        #expect(kept.count == 12)
        #expect(one.name == Hex.encode(image.digest.bytes) + "-img_1.jpg")
        #expect(PublicFile.tag(in: one.name) == "img_1" && PublicFile.tag(in: one.thumbnailName(480)) == "img_1")
        for name in [plain.name, plain.thumbnailName(480), "x-img_1.jpg"] { #expect(PublicFile.tag(in: name) == nil) }
        #expect(PublicFile.digest(in: one.thumbnailName(480)) == image.digest, "the sweep knows it")
        try await onLoop { _ in try await store.remove(one, thumbnails: [160, 480, 1200]) }
        let gone = Set(kept).subtracting(folder.files)
        #expect(gone.count == 4 && gone.allSatisfy { $0.contains("-img_1") })
        #expect(
            folder.files.contains { $0.hasSuffix(other.name) } && folder.files.contains { $0.hasSuffix(plain.name) })
    }

    @Test func aFileIsKeptAsItWasSent() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let part = try FormPart.sample(Self.octets(200_000))
        let file = try await onLoop { _ in try await store.publish(part, as: .mp4) }
        #expect(file.digest == part.digest && folder.read(String(file.url.dropFirst())) == Self.octets(200_000))
    }

    // MARK: Private

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
    func aPrivateFileIsReadAsItWasSent(_ count: Int) async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let octets = Self.octets(count)
        let part = try FormPart.sample(octets)
        let file = try await onLoop { _ in try await store.seal(part) }
        let read = try await onLoop { loop in
            let content = try await store.content(of: file)
            return try await loop.offload { try content?.read(at: 0, count: count + 10) }
        }
        #expect(read == octets)
        let middle = try await onLoop { loop in
            let content = try await store.content(of: file)
            return try await loop.offload { try content?.read(at: count / 2, count: count / 4) }
        }
        #expect(middle == Array(octets[(count / 2)..<(count / 2 + count / 4)]))
    }

    @Test func nothingOfItStandsInTheClear() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let part = try FormPart.sample(Array("PAN ABCPK1234M of Asha Rao".utf8))
        let file = try await onLoop { _ in try await store.seal(part) }
        #expect(folder.files == ["private/\(file.name.prefix(2))/\(file.name.dropFirst(2).prefix(2))/\(file.name)"])
        let stored = folder.read(folder.files[0])
        #expect(
            stored.firstRange(of: Array("ABCPK1234M".utf8)) == nil && stored.firstRange(of: Array("Asha".utf8)) == nil)
        #expect(file.name.utf8.count == 32 && PrivateFile(file.name) == file)
        #expect(PrivateFile("../../etc/passwd") == nil && PrivateFile(String(file.name.dropLast())) == nil)
    }

    @Test func whateverIsChangedDoesNotOpen() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let part = try FormPart.sample(Self.octets(150_000))
        let (file, other) = try await onLoop { _ in (try await store.seal(part), try await store.seal(part)) }
        let path = "private/\(file.name.prefix(2))/\(file.name.dropFirst(2).prefix(2))/\(file.name)"
        let whole = folder.read(path)
        let foreign = folder.read("private/\(other.name.prefix(2))/\(other.name.dropFirst(2).prefix(2))/\(other.name)")
        let block = SealedFormat.blockSize + SealedBox.overhead
        let head = SealedFormat.headCount
        var swapped = whole
        swapped.replaceSubrange(
            head..<head + 2 * block, with: whole[head + block..<head + 2 * block] + whole[head..<head + block])
        var shorter = Array(whole[..<(head + 2 * block)])
        shorter[head - 1] = 0
        shorter[head - 2] = 0
        shorter[head - 3] = 2
        var samples = [swapped, shorter, Array(whole.dropLast()), foreign, Array(whole[..<head]), []]
        for place in [0, 5, 13, 30, head + 3, head + 40, whole.count - 1] {
            var flipped = whole
            flipped[place] ^= 1
            samples.append(flipped)
        }
        for sample in samples {
            folder.write(path, sample)
            await #expect(throws: FileStoreError.self) {
                try await onLoop { loop in
                    let content = try await store.content(of: file)
                    _ = try await loop.offload { try content?.read(at: 0, count: 150_000) }
                }
            }
        }
    }

    @Test func anEarlierSecretStillOpensAndAForeignOneDoesNot() async throws {
        let folder = TemporaryFolder()
        let old = try Self.store(folder, 1)
        let part = try FormPart.sample([1, 2, 3])
        let file = try await onLoop { _ in try await old.seal(part) }
        let rotated = FileStore(
            directory: folder.path, keys: PrivateFileKeys(try Self.secret(2), previous: [try Self.secret(1)]))
        let read = try await onLoop { loop in
            let content = try await rotated.content(of: file)
            return try await loop.offload { try content?.read(at: 0, count: 3) }
        }
        #expect(read == [1, 2, 3])
        let foreign = try Self.store(folder, 3)
        await #expect(throws: FileStoreError.self) { try await onLoop { _ in _ = try await foreign.content(of: file) } }
    }

    @Test func whatIsRemovedIsGoneAndMayBeRemovedAgain() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let part = try FormPart.sample([1, 2, 3])
        let isThere = try await onLoop { _ in
            let file = try await store.seal(part)
            try await store.remove([file])
            try await store.remove([file])
            return try await store.content(of: file) != nil
        }
        #expect(!isThere && folder.files.isEmpty)
    }

    // MARK: Orphans

    @Test func orphansGoByAgeAndWhatIsUsedStays() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder)
        let decoder = ImageDecoder(limits: ImageLimits())
        let images = try [[220, 0, 0], [0, 220, 0], [0, 0, 220]].map { colour in
            try decoder.process(ImageSamples.jpeg(20, 20) { _, _ in colour })
        }
        let published = try await onLoop { _ in
            var files: [PublicFile] = []
            for image in images { files.append(try await store.publish(image)) }
            return files
        }
        let sealed = try await onLoop { _ in
            [try await store.seal(try FormPart.sample([1])), try await store.seal(try FormPart.sample([2]))]
        }
        folder.age(folder.files, seconds: 1000)
        // Sent again: as young as a new one.
        let again = try await onLoop { _ in try await store.publish(images[1]) }
        let removed = try await onLoop { loop in
            var count = 0
            for index in 0..<FileStore.sweepFolders
            where Self.isUsed(index, published.map { Hex.encode($0.digest.bytes) } + sealed.map(\.name)) {
                count += try await store.sweepPublic(folder: index, age: 500, on: loop) { asked in
                    Set(asked).intersection([published[0].digest])
                }
                count += try await store.sweepPrivate(folder: index, age: 500, on: loop) { asked in
                    Set(asked).intersection([sealed[0]])
                }
            }
            return count
        }
        #expect(removed == 4 + 1)
        let left = folder.files
        #expect(left.count == 4 + 4 + 1)
        #expect(left.contains(String(published[0].url.dropFirst())) && left.contains(String(again.url.dropFirst())))
        #expect(left.contains { $0.hasSuffix(sealed[0].name) })
    }

    private static func isUsed(_ index: Int, _ names: [String]) -> Bool {
        names.contains { Int($0.prefix(4), radix: 16) == index }
    }
}
