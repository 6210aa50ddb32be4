// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
public import Redis
import UVRuntime

/// Finished answers in Redis: a hint that saves a read of PostgreSQL, and never the truth.
///
/// **Shape** of a value: fingerprint (32 bytes), status (2), length of the fields (4), the fields, the body. The key begins
/// with the database's identity, so that a restored database never gets answers of orders that it does not have.
public struct RedisAnswers: AnswerHints {
    private let redis: @Sendable () -> RedisClient
    private let prefix: [UInt8]
    /// Larger bodies are read from PostgreSQL; the cache is for many small ones.
    private static let byteCountMax = 64 * 1024

    /// Makes a cache.
    ///
    /// - Parameter database: the system identifier and timeline of the database whose answers these are.
    public init(redis: @escaping @Sendable () -> RedisClient, database: String) {
        self.redis = redis
        prefix = Array("mve:\(database):key:".utf8)
    }

    public func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? {
        guard let bytes = await redis().get(key(digest)), bytes.count >= 38 else { return nil }
        guard let fingerprint = Hash32(bytes[..<32]) else { return nil }
        let status = Int(bytes[32]) << 8 | Int(bytes[33])
        let fields = bytes[34..<38].reduce(0) { $0 << 8 | Int($1) }
        guard fields >= 0, bytes.count >= 38 + fields,
            let answer = StoredAnswer(
                status: status, fieldBytes: Array(bytes[38..<(38 + fields)]), body: Array(bytes[(38 + fields)...]))
        else { return nil }
        return (fingerprint, answer)
    }

    public func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {
        let fields = answer.fieldBytes
        guard answer.body.count + fields.count <= Self.byteCountMax else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(38 + fields.count + answer.body.count)
        fingerprint.append(to: &bytes)
        bytes.append(UInt8(answer.status >> 8 & 0xFF))
        bytes.append(UInt8(answer.status & 0xFF))
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(fields.count >> shift & 0xFF)) }
        bytes += fields
        bytes += answer.body
        let (client, key) = (redis(), key(digest))
        // The client of this loop: no job of its own for a command that nobody waits for.
        client.assumeIsolated { _ = $0.set(key, bytes, ttl: duration) }
    }

    private func key(_ digest: Hash32) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(prefix.count + 32)
        key += prefix
        digest.append(to: &key)
        return key
    }
}
