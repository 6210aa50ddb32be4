// SPDX-License-Identifier: Apache-2.0

public import MarketCrypto

/// One part of a `multipart/form-data` body, complete and checked.
public struct FormPart: Sendable {
    /// Where the octets are.
    public enum Content: Sendable {
        /// In memory: every field, and short files.
        case bytes([UInt8])
        /// On the disk until the request is answered.
        case file(SpooledFile)
    }

    /// The field's name.
    public let name: String
    /// The last component of the name that the client gave its file, for display alone; nil for a field, empty where nothing
    /// was left of it.
    public let fileName: String?
    /// What the client says the content is; nil when it says nothing.
    public let mediaType: String?
    /// The octets.
    public let content: Content
    /// Their number.
    public let size: Int
    /// Their SHA-256.
    public let digest: Digest256

    init(_ head: MultipartHead, _ bytes: [UInt8]) {
        (name, fileName, mediaType) = (head.name, head.fileName, head.mediaType)
        content = .bytes(bytes)
        size = bytes.count
        digest = SHA256.hash(bytes)
    }

    init(_ head: MultipartHead, _ file: SpooledFile) {
        (name, fileName, mediaType) = (head.name, head.fileName, head.mediaType)
        content = .file(file)
        size = file.size
        digest = file.digest
    }

    /// Takes a whole body in memory apart.
    ///
    /// - Throws: `Problem` 400 `malformed-request`, 413, and 415 for a media type that is not `multipart/form-data`.
    public static func parts(of body: [UInt8], contentType: String) throws -> [FormPart] {
        let boundary = try BodyMedia.boundary(contentType: contentType)
        do throws(ParseFailure) {
            return try MultipartCollector.parts(of: body, boundary: boundary)
        } catch {
            throw error.contentProblem
        }
    }

    /// A field's value; nil for octets that are no UTF-8 and for a file on the disk.
    public var text: String? {
        guard case .bytes(let bytes) = content, bytes.withUnsafeBufferPointer(UTF8Check.isValid) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Octets at an offset; fewer than `count` at the end only. Blocks: for worker threads.
    public func readBlocking(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
        switch content {
        case .bytes(let bytes): Array(bytes.dropFirst(offset).prefix(count))
        case .file(let file): try file.readBlocking(at: offset, count: count)
        }
    }

    /// The file on the disk, if it is there.
    public var file: SpooledFile? {
        guard case .file(let file) = content else { return nil }
        return file
    }
}
