// SPDX-License-Identifier: Apache-2.0

/// The octets EF BB BF at the start of a file, which some programs write before UTF-8.
///
/// Other characters begin with EF or even EF BB, too (`ﬁ`, `Ａ`, `ﻀ`): what only begins like a mark is held until that is known, and
/// then given back.
struct ByteOrderMark: Sendable {
    private static let octets: [UInt8] = [0xEF, 0xBB, 0xBF]
    private var isPossible: Bool
    /// Octets of it so far: three where the file has one.
    private(set) var length = 0

    init(isAtStart: Bool) { isPossible = isAtStart }

    /// Whether the next octet of the file belongs to a mark as far as one can say. After false, and at the end of the file, take
    /// what is `givenBack()` first.
    mutating func holds(_ octet: UInt8) -> Bool {
        guard isPossible, octet == Self.octets[length] else {
            isPossible = false
            return false
        }
        length += 1
        isPossible = length < Self.octets.count
        return true
    }

    /// The octets that were held and are no mark, once.
    mutating func givenBack() -> ArraySlice<UInt8> {
        guard length > 0, length < Self.octets.count else { return [] }
        defer { (length, isPossible) = (0, false) }
        return Self.octets[..<length]
    }
}
