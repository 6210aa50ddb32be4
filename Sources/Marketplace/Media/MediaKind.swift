// SPDX-License-Identifier: Apache-2.0

/// What a file is, by its first octets. What a client says of it, its name and its declared type, is never asked.
public enum MediaKind: String, Sendable, CaseIterable {
    case jpeg, png, webp, pdf, mp4

    /// Octets that are enough to tell.
    public static let prefixCount = 16

    /// The kind of the file that begins with these octets; nil for one that is not known here.
    public init?(sniffing octets: some Collection<UInt8>) {
        let first = Array(octets.prefix(Self.prefixCount))
        if first.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if first.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if first.count >= 12, first.starts(with: "RIFF".utf8), first[8..<12].elementsEqual("WEBP".utf8) {
            self = .webp
        } else if first.starts(with: "%PDF-".utf8) {
            self = .pdf
        } else if first.count >= 12, first[4..<8].elementsEqual("ftyp".utf8) {
            self = .mp4
        } else {
            return nil
        }
    }

    /// The media type under which it is served.
    public var mediaType: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .pdf: "application/pdf"
        case .mp4: "video/mp4"
        }
    }

    /// How names of such files end.
    public var ending: String {
        switch self {
        case .jpeg: "jpg"
        default: rawValue
        }
    }
}
