// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto

/// The name of a file that everybody may read: the SHA-256 of its octets, so that what is behind a name never changes.
public struct PublicFile: Sendable, Hashable {
    /// The SHA-256 of the octets.
    public let digest: Digest256
    /// What it is.
    public let kind: MediaKind

    /// Names a file.
    public init(digest: Digest256, kind: MediaKind) {
        self.digest = digest
        self.kind = kind
    }

    /// Below the directory of public files.
    var name: String { Hex.encode(digest.bytes) + "." + kind.ending }

    func thumbnailName(_ side: Int) -> String { "\(Hex.encode(digest.bytes))-\(side).\(kind.ending)" }

    /// Where it is served.
    public var url: String { Self.url(name) }

    /// Where its thumbnail for this side is served.
    public func thumbnailURL(_ side: Int) -> String { Self.url(thumbnailName(side)) }

    private static func url(_ name: String) -> String {
        "/media/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"
    }

    /// The digest in a name of ours; nil for any other.
    static func digest(in name: String) -> Digest256? {
        let digits = name.utf8.prefix(64)
        guard digits.count == 64, !digits.contains(where: { (0x41...0x5A).contains($0) }) else { return nil }
        return Hex.decode(digits).flatMap { Digest256($0) }
    }
}
