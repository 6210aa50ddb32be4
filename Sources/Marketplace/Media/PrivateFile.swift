// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto

/// The name of a file that only those may read who are let: random, and nowhere in a URL.
public struct PrivateFile: Sendable, Hashable {
    static let nameByteCount = 16

    /// 32 hexadecimal digits, as it stands in a row.
    public let name: String

    /// A name that was given by `FileStore.seal`; nil for anything else.
    public init?(_ name: String) {
        guard name.utf8.count == Self.nameByteCount * 2, Hex.decode(name) != nil, name == name.lowercased() else {
            return nil
        }
        self.name = name
    }

    init(random: RandomSource) { name = Hex.encode(random.bytes(Self.nameByteCount)) }
}

/// The keys of private files: one that seals, and earlier ones that still open.
public struct PrivateFileKeys: Sendable {
    static let identifierByteCount = 8

    struct Key: Sendable {
        let identifier: [UInt8]
        let box: SealedBox
    }

    let current: Key
    private let all: [[UInt8]: SealedBox]

    /// - Parameter previous: secrets that were in force before, for the files that were sealed then.
    public init(_ secret: SecretKey, previous: [SecretKey] = []) {
        current = Self.key(secret)
        var all: [[UInt8]: SealedBox] = [:]
        for key in previous.map(Self.key) + [current] { all[key.identifier] = key.box }
        self.all = all
    }

    /// The key that a file names; nil when it is not among ours.
    func box(_ identifier: [UInt8]) -> SealedBox? { all[identifier] }

    private static func key(_ secret: SecretKey) -> Key {
        guard let box = SealedBox(key: secret.key(for: "private-files")) else {
            preconditionFailure("a purpose's key has another length than a box takes")
        }
        return Key(
            identifier: Array(secret.key(for: "private-files-key-id").prefix(identifierByteCount)), box: box)
    }
}
