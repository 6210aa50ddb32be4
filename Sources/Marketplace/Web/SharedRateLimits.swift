// SPDX-License-Identifier: Apache-2.0

/// Where several processes share their buckets.
public protocol SharedRateLimits: Sendable {
    /// Takes up to `want` tokens of a bucket.
    ///
    /// - Parameter debt: nanoseconds until the bucket is full, as far as this process knows; the greater of both counts.
    /// - Returns: how many were taken and the debt after it; nil when nobody could say, at once or within milliseconds.
    func take(
        _ policy: RateLimitPolicy, _ budget: RateLimitBudget, of subject: RateLimitSubject, want: Int, debt: UInt64
    ) async -> (granted: Int, debt: UInt64)?
}
