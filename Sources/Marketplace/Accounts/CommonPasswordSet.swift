// SPDX-License-Identifier: Apache-2.0
import MarketCrypto

/// Which texts are among many, known by their hashes alone: of texts that are not, one in 32,768 is taken for one that is.
///
/// The content is the 30,000 passwords that stand first in lists of leaked ones, as `scripts/common-passwords` takes them from their
/// source: without the decoration by which they are found anyway.
///
/// **Code**: each text's hash is a place in `0..<textCount << remainderBits`; the places in their order are written as the distances
/// between them (Golomb-Rice), which takes 17 bits for each instead of the text's 60.
struct CommonPasswordSet: Sendable {
    /// The set that is shipped; made when it is first asked for.
    static let shipped = CommonPasswordSet()

    private let places: [UInt32]

    var count: Int { places.count }

    init() {
        guard let octets = Base64URL.decode(Self.code) else { preconditionFailure("the code is base 64") }
        var bits = Bits(octets: octets)
        var places: [UInt32] = []
        places.reserveCapacity(Self.placeCount)
        var place: UInt32 = 0
        for _ in 0..<Self.placeCount {
            while bits.next() { place += 1 << Self.remainderBits }
            var remainder: UInt32 = 0
            for _ in 0..<Self.remainderBits { remainder = remainder << 1 | (bits.next() ? 1 : 0) }
            place += remainder
            places.append(place)
        }
        self.places = places
    }

    /// Whether a text is among them.
    func contains(_ text: String) -> Bool {
        let wanted = Self.place(of: text)
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low < places.count && places[low] == wanted
    }

    private static func place(of text: String) -> UInt32 {
        let hash = SHA256.hash(text).bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return UInt32(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(textCount) << remainderBits).high)
    }

    /// Octets bit by bit, the highest of each first.
    private struct Bits {
        let octets: [UInt8]
        var position = 0

        mutating func next() -> Bool {
            precondition(position < octets.count * 8, "the code ends with its last place")
            defer { position += 1 }
            return octets[position / 8] << (position % 8) & 0x80 != 0
        }
    }
}
