// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketCrypto

/// What a page cursor belongs to: one list, with its filters and its sort order.
public struct ListIdentity: Hashable, Sendable {
    let fields: [String]
    /// The sort order.
    var sort: String { fields[1] }

    /// Names a list.
    ///
    /// - Parameters:
    ///   - route: the route's path.
    ///   - sort: the sort order asked for or the default.
    ///   - filters: every filter that decides what is in the list, the owner included; their order does not matter.
    public init(route: String, sort: String, filters: [(name: String, value: String)]) {
        let sorted = filters.sorted {
            $0.name == $1.name
                ? $0.value.utf8.lexicographicallyPrecedes($1.value.utf8)
                : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        fields = [route, sort] + sorted.flatMap { [$0.name, $0.value] }
    }
}

/// Turns positions in lists into opaque texts and back.
///
/// **Shape**: URL-safe base 64 of the position's payload and a 16-byte code over list and payload. A cursor of another list,
/// with other filters or another order, or made up, does not open.
public struct CursorCodec: Sendable {
    /// The longest text that is looked at; payloads are shorter than four texts of their maximum.
    static let byteCountMax = 4096
    /// 128 bits are out of reach for guessing and keep cursors short.
    static let codeByteCount = 16

    private let key: HMACSHA256

    /// Derives the key from the server's secret.
    public init(secret: SecretKey) {
        key = HMACSHA256(key: secret.key(for: "page-cursor"))
    }

    /// The text of a position.
    public func encode(_ cursor: PageCursor, in list: ListIdentity) -> String {
        let payload = cursor.payload
        return Base64URL.encode(payload + code(payload, list))
    }

    /// The position of a text; nil when it is not one that was issued for this list.
    public func decode(_ text: String, in list: ListIdentity) -> PageCursor? {
        guard text.utf8.count <= Self.byteCountMax, let bytes = Base64URL.decode(text), bytes.count > Self.codeByteCount
        else {
            return nil
        }
        let payload = Array(bytes.dropLast(Self.codeByteCount))
        guard ConstantTime.equal(Array(bytes.suffix(Self.codeByteCount)), code(payload, list)) else { return nil }
        return PageCursor(payload: payload)
    }

    private func code(_ payload: [UInt8], _ list: ListIdentity) -> [UInt8] {
        var hasher = SHA256Hasher()
        for field in list.fields { hasher.updateLengthPrefixed(field) }
        hasher.updateLengthPrefixed(payload)
        return Array(key.code(hasher.finalize().bytes).bytes.prefix(Self.codeByteCount))
    }
}
