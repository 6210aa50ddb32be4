// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// When the products of a list were made and last changed.
struct ProductPeriods: Sendable {
    static let parameters = ["created_from", "created_to", "updated_from", "updated_to"]

    /// The first moment that counts, and the first one after it that does not; by the names of the parameters.
    private var bounds: [String: Timestamp] = [:]

    /// What a cursor is bound to.
    var identity: [(name: String, value: String)] {
        Self.parameters.compactMap { name in bounds[name].map { (name, "\($0.microseconds)") } }
    }

    /// Reads the query.
    ///
    /// - Throws: `Problem` 422 for what is no time.
    static func read(_ query: CatalogQuery) throws -> ProductPeriods {
        var periods = ProductPeriods()
        for name in parameters {
            guard let text = try query.text(name) else { continue }
            guard let time = Timestamp(rfc3339: text) else {
                throw CatalogQuery.invalid(name, "an RFC 3339 time is expected")
            }
            periods.bounds[name] = time
        }
        return periods
    }

    /// Four parameters, null where nothing is asked.
    func append(to parameters: inout PostgresParameters) {
        for name in Self.parameters {
            parameters.append(bounds[name].map { PostgresTimestamp(microseconds: $0.microseconds) })
        }
    }

    /// The conditions on a product `p`, for four parameters from a number on.
    static func conditions(from first: Int) -> String {
        """
        ($\(first)::timestamptz is null or p.created_at >= $\(first))
        and ($\(first + 1)::timestamptz is null or p.created_at < $\(first + 1))
        and ($\(first + 2)::timestamptz is null or p.updated_at >= $\(first + 2))
        and ($\(first + 3)::timestamptz is null or p.updated_at < $\(first + 3))
        """
    }

    static let descriptions: [RouteParameter] = [
        .query("created_from", "Made not before.", time), .query("created_to", "Made before.", time),
        .query("updated_from", "Last changed not before.", time), .query("updated_to", "Last changed before.", time),
    ]

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")
}
