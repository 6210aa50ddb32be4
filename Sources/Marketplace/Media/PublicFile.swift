// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto

/// The name of a file that is served: the SHA-256 of its octets, so that what is behind a name never changes.
///
/// The same picture again is the same file, unless it has a tag: then it is of one upload alone, and may be removed with it.
public struct PublicFile: Sendable, Hashable {
    /// The SHA-256 of the octets.
    public let digest: Digest256
    /// What it is.
    public let kind: MediaKind
    /// Whose it is alone, of small letters, digits and `_`; nil: of whoever has the same octets.
    public let tag: String?

    /// Names a file.
    public init(digest: Digest256, kind: MediaKind, tag: String? = nil) {
        self.digest = digest
        self.kind = kind
        self.tag = tag
    }

    /// Below the directory of public files.
    public var name: String { "\(stem).\(kind.ending)" }

    /// The same of its thumbnail for this side.
    public func thumbnailName(_ side: Int) -> String { "\(stem)-\(side).\(kind.ending)" }

    private var stem: String { Hex.encode(digest.bytes) + (tag.map { "-" + $0 } ?? "") }

    /// Where it is served, if it has no tag: what has one is shown by who gave it.
    public var url: String { Self.url(name) }

    /// Where its thumbnail for this side is served.
    public func thumbnailURL(_ side: Int) -> String { Self.url(thumbnailName(side)) }

    private static func url(_ name: String) -> String {
        "/media/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"
    }

    /// The tag in a name of ours; nil for a name without one, or for any other.
    public static func tag(in name: String) -> String? {
        guard digest(in: name) != nil else { return nil }
        let rest = name.utf8.dropFirst(64)
        guard rest.first == UInt8(ascii: "-"), rest.contains(UInt8(ascii: "_")) else { return nil }
        return String(Substring(rest.dropFirst().prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".") }))
    }

    /// The digest in a name of ours; nil for any other.
    static func digest(in name: String) -> Digest256? {
        let digits = name.utf8.prefix(64)
        guard digits.count == 64, !digits.contains(where: { (0x41...0x5A).contains($0) }) else { return nil }
        return Hex.decode(digits).flatMap { Digest256($0) }
    }
}
