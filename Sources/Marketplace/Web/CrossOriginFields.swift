// SPDX-License-Identifier: Apache-2.0
public import HTTP

extension CrossOriginPolicy {
    /// The shop's policy: our own fields, for pages of these origins.
    public static func shop(origins: [String]) -> CrossOriginPolicy {
        CrossOriginPolicy(origins: origins, requestFields: shopRequestFields, responseFields: shopResponseFields)
    }

    /// What pages may send: every field that an endpoint reads.
    static let shopRequestFields = [
        "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "\(ClientTokens.header)",
        "\(APIVersions.header)", "traceparent", "tracestate",
    ]

    /// What pages may read: every field of ours.
    static let shopResponseFields = [
        "ETag", "Location", "Retry-After", "WWW-Authenticate", "Idempotent-Replayed", "RateLimit", "RateLimit-Policy",
        "\(APIVersions.header)", "\(ClientTokens.header)", "X-Ignored-Fields", "X-Request-Id",
    ]
}
