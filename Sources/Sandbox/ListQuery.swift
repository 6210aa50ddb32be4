// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The page and the time span of a list.
struct ListQuery: Sendable {
    static let countDefault = 10
    static let countMax = 100

    var from = Int64.min
    var to = Int64.max
    var count = countDefault
    var skip = 0

    /// - Parameter others: parameters that the list knows besides these.
    init(_ query: QueryItems, others: [String] = []) throws(ProviderError) {
        try Self.allow(query, only: ["from", "to", "count", "skip"] + others)
        from = try Self.integer(query, "from", in: 0...Int64.max) ?? from
        to = try Self.integer(query, "to", in: 0...Int64.max) ?? to
        count = try Self.integer(query, "count", in: 1...Int64(Self.countMax)).map { Int($0) } ?? count
        skip = try Self.integer(query, "skip", in: 0...Int64.max).map { Int($0) } ?? skip
    }

    /// Whether something made at this time is within the span, its ends included.
    func contains(_ createdAt: Int64) -> Bool {
        from <= createdAt && createdAt <= to
    }

    /// The page of what fits, in the order given.
    func page<Entity>(_ entities: some Sequence<Entity>, where fits: (Entity) -> Bool) -> [Entity] {
        var left = skip
        var page: [Entity] = []
        for entity in entities where fits(entity) {
            if left > 0 {
                left -= 1
            } else {
                page.append(entity)
                if page.count == count { break }
            }
        }
        return page
    }

    /// Refuses parameters that are not named here.
    static func allow(_ query: QueryItems, only names: [String]) throws(ProviderError) {
        guard let other = query.pairs.first(where: { !names.contains($0.name) }) else { return }
        throw .invalid(other.name, "\(other.name) is/are not required and should not be sent")
    }

    static func integer(
        _ query: QueryItems, _ name: String, in range: ClosedRange<Int64>
    ) throws(ProviderError) -> Int64? {
        guard let text = query[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw .invalid(name, "The \(name) must be an integer between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }
}
