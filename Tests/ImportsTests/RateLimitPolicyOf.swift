// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// The policy of a route by name.
enum RateLimitPolicyOf {
    static func name(_ route: Route) -> String? { RateLimitPolicy.of(route)?.rawValue }
}
