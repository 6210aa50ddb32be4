// SPDX-License-Identifier: Apache-2.0

/// How much of a `multipart/form-data` body is read. Above: 413. The whole is bounded by the route's `bodyMax`.
public struct MultipartLimits: Sendable {
    /// The whole body, where the route says nothing else.
    public static let totalDefault = 25 * 1024 * 1024

    /// Parts, files and fields together.
    public var partCountMax = 50
    /// The head of one part.
    public var partHeadMax = 8 * 1024 {
        didSet { precondition(partHeadMax <= Int(UInt16.max), "a head is indexed with 16 bits") }
    }
    /// One file.
    public var fileMax = 10 * 1024 * 1024
    /// One field, which is kept in memory.
    public var fieldMax = 64 * 1024
    /// All fields together.
    public var fieldsTotalMax = 1024 * 1024
    /// A longer file goes to the disk while it arrives: of 50 parts no more than 800 KiB stay in memory.
    public var fileInMemoryMax = 16 * 1024

    /// The default limits.
    public init() {}
}

/// The delimiter of a multipart body (RFC 2046 §5.1.1).
struct MultipartBoundary {
    /// CRLF, two hyphens and the boundary.
    let delimiter: [UInt8]

    /// nil unless it is 1 to 70 of the octets that a boundary may have, the last one no space.
    init?(_ boundary: [UInt8]) {
        guard (1...70).contains(boundary.count), boundary.allSatisfy(Self.isAllowed), boundary.last != 0x20 else {
            return nil
        }
        delimiter = [0x0D, 0x0A, UInt8(ascii: "-"), UInt8(ascii: "-")] + boundary
    }

    private static func isAllowed(_ octet: UInt8) -> Bool {
        let others: StaticString = "'()+_,-./:=? "
        return octet.isAlphanumeric || others.withUTF8Buffer { $0.contains(octet) }
    }
}
