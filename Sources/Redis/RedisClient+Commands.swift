// SPDX-License-Identifier: Apache-2.0
internal import UVRuntime

/// The few commands a cache needs. None throws: an error is counted and looks like an empty cache.
extension RedisClient {
    /// The value of a key; nil when there is none or Redis did not say so in time.
    public func get(_ key: [UInt8]) async -> [UInt8]? {
        do {
            return try await known([Self.get, key]).bytes
        } catch {
            return nil  // counted where it arose
        }
    }

    /// The values of 1…1023 keys, in their order; nil for each that is absent, and for all when Redis is away.
    public func get(_ keys: [[UInt8]]) async -> [[UInt8]?] {
        guard !keys.isEmpty else { return [] }
        do {
            if case .array(let values) = try await known([Self.mget] + keys), values.count == keys.count {
                return values.map(\.bytes)
            }
        } catch {
            // counted where it arose
        }
        return Array(repeating: nil, count: keys.count)
    }

    /// Sets a key that lives for `ttl` (whole milliseconds, at least 1). Does not wait; false when it was not sent.
    @discardableResult
    public func set(_ key: [UInt8], _ value: [UInt8], ttl: Duration) -> Bool {
        fireKnown([Self.set, key, value, Self.px, Self.milliseconds(ttl)])
    }

    /// Sets a key only where there is none: true when we set it, false when it existed, nil when Redis did not say.
    public func setIfAbsent(_ key: [UInt8], _ value: [UInt8], ttl: Duration) async -> Bool? {
        do {
            let parts = [
                Self.set, key, value, Self.nx, Self.px, Self.milliseconds(ttl),
            ]
            return try await known(parts) == .status("OK")
        } catch {
            return nil  // counted where it arose
        }
    }

    /// Removes keys. Does not wait; false when it was not sent.
    @discardableResult
    public func delete(_ keys: [[UInt8]]) -> Bool {
        keys.isEmpty || fireKnown([Self.del] + keys)
    }

    private static let get = Array("GET".utf8)
    private static let mget = Array("MGET".utf8)
    private static let set = Array("SET".utf8)
    private static let px = Array("PX".utf8)
    private static let nx = Array("NX".utf8)
    private static let del = Array("DEL".utf8)

    private static func milliseconds(_ ttl: Duration) -> [UInt8] {
        Array(String(max(1, ttl.wholeMilliseconds)).utf8)
    }
}
