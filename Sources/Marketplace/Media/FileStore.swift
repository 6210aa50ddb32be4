// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import HTTP
public import MarketCrypto
internal import UVRuntime

/// Where files that people send are kept: public ones under `media`, by their content; private ones under `private`, sealed.
///
/// - Isolation: called on a loop; worker threads do the work.
public struct FileStore: Sendable {
    let media: StoreFolder
    let sealed: StoreFolder
    private let keys: PrivateFileKeys
    private let random: RandomSource

    /// Files below a directory, which is made where it is missing.
    public init(directory: String, keys: PrivateFileKeys, random: RandomSource = .secure) {
        media = StoreFolder(path: directory + "/media")
        sealed = StoreFolder(path: directory + "/private")
        self.keys = keys
        self.random = random
    }

    // MARK: Public files

    /// Keeps an image with its thumbnails; durable when it comes back. The same image again is the same file, unless it has a tag.
    ///
    /// - Throws: `FileStoreError`; `RuntimeError.offloadsExhausted`.
    public nonisolated(nonsending) func publish(
        _ image: ProcessedImage, tag: String? = nil
    ) async throws -> PublicFile {
        let file = PublicFile(digest: image.digest, kind: image.kind, tag: tag)
        let media = media
        try await loop.offload {
            for thumbnail in image.thumbnails {
                try media.put(file.thumbnailName(thumbnail.side)) { (descriptor) throws(FileStoreError) in
                    try StoreFolder.write(thumbnail.octets, to: descriptor)
                }
            }
            // Last: where the image is, its thumbnails are.
            try media.put(file.name) { (descriptor) throws(FileStoreError) in
                try StoreFolder.write(image.octets, to: descriptor)
            }
        }
        return file
    }

    /// Keeps a file as it was sent, such as a video; the caller has looked at what it is.
    ///
    /// - Throws: `FileStoreError`, `SpoolError`; `RuntimeError.offloadsExhausted`.
    public nonisolated(nonsending) func publish(
        _ part: FormPart, as kind: MediaKind, tag: String? = nil
    ) async throws -> PublicFile {
        let file = PublicFile(digest: part.digest, kind: kind, tag: tag)
        let media = media
        try await loop.offload {
            try media.put(file.name) { (descriptor) throws(FileStoreError) in
                try Self.blocks(of: part) { (block, _) throws(FileStoreError) in
                    try StoreFolder.write(block, to: descriptor)
                }
            }
        }
        return file
    }

    /// Removes a file of one upload, with its thumbnails for these sides; what is gone already counts as removed.
    public nonisolated(nonsending) func remove(_ file: PublicFile, thumbnails sides: [Int]) async throws {
        precondition(file.tag != nil, "without a tag it may be somebody else's as well")
        let media = media
        try await loop.offload {
            try media.remove(file.name)
            for side in sides { try media.remove(file.thumbnailName(side)) }
        }
    }

    /// A public file as an answer: it never changes, so that it may be kept for ever. One with a tag is not found.
    ///
    /// - Parameter name: the path behind `/media/`.
    public nonisolated(nonsending) func response(
        to request: RequestContext, publicFile name: String
    ) async throws -> HTTPResponse {
        let last = name.utf8.lastIndex(of: UInt8(ascii: "/")).map { name.utf8.index(after: $0) } ?? name.startIndex
        guard PublicFile.tag(in: String(name[last...])) == nil else { throw Problem(.notFound) }
        let root = FileRoot(media.path, cacheControl: "public, max-age=31536000, immutable")
        return try await root.response(to: request, file: name)
    }

    /// A file with a tag as an answer to whoever the caller has found to be allowed.
    ///
    /// - Parameter control: how long who may keep it.
    public nonisolated(nonsending) func response(
        to request: RequestContext, taggedFile name: String, cacheControl control: String
    ) async throws -> HTTPResponse {
        guard PublicFile.tag(in: name) != nil else { throw Problem(.notFound) }
        let folder = media.folder(of: name).dropFirst(media.path.count + 1)
        return try await FileRoot(media.path, cacheControl: control).response(to: request, file: folder + "/" + name)
    }

    // MARK: Private files

    /// Seals a file; durable when it comes back.
    ///
    /// - Throws: `FileStoreError`, `SpoolError`; `RuntimeError.offloadsExhausted`.
    public nonisolated(nonsending) func seal(_ part: FormPart) async throws -> PrivateFile {
        let file = PrivateFile(random: random)
        let format = SealedFormat(file, size: part.size, key: keys.current)
        let sealed = sealed
        try await loop.offload {
            try sealed.put(file.name) { (descriptor) throws(FileStoreError) in
                try StoreFolder.write(format.head, to: descriptor)
                try Self.blocks(of: part) { (block, number) throws(FileStoreError) in
                    try StoreFolder.write(format.seal(block, block: number), to: descriptor)
                }
            }
        }
        return file
    }

    /// A private file to be read by whoever the caller has found to be allowed; nil where it is gone.
    ///
    /// - Throws: `FileStoreError` for one that is broken or whose key is not known; `RuntimeError.offloadsExhausted`.
    public nonisolated(nonsending) func content(of file: PrivateFile) async throws -> SealedContent? {
        let (path, keys) = (sealed.path(of: file.name), keys)
        return try await loop.offload { try SealedContent(path, of: file, keys: keys) }
    }

    /// Removes private files; those that are gone already count as removed.
    public nonisolated(nonsending) func remove(_ files: [PrivateFile]) async throws {
        let sealed = sealed
        try await loop.offload { for file in files { try sealed.remove(file.name) } }
    }

    // MARK: Parts

    private var loop: EventLoop {
        guard let loop = EventLoop.currentLoop else { preconditionFailure("files are kept from a loop") }
        return loop
    }

    /// The octets of a part, block by block. Blocks.
    private static func blocks(
        of part: FormPart, _ take: ([UInt8], Int) throws(FileStoreError) -> Void
    ) throws(FileStoreError) {
        for number in 0..<(part.size + SealedFormat.blockSize - 1) / SealedFormat.blockSize {
            let start = number * SealedFormat.blockSize
            let count = min(SealedFormat.blockSize, part.size - start)
            let block: [UInt8]
            do {
                block = try part.readBlocking(at: start, count: count)
            } catch {
                throw FileStoreError("read upload", errno: error.errno)
            }
            guard block.count == count else { throw FileStoreError("read upload") }
            try take(block, number)
        }
    }
}
