// SPDX-License-Identifier: Apache-2.0

/// A moment in UTC, exact to a microsecond, like PostgreSQL's `timestamptz`.
public struct Timestamp: Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let microseconds: Int64

    /// Makes a moment from microseconds since 1970.
    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes a moment from whole seconds since 1970; beyond ±292,000 years it stays at the edge.
    public init(seconds: Int64) {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : value
    }

    /// Makes a moment from PostgreSQL's binary form: microseconds since 2000-01-01T00:00:00Z.
    @inlinable
    public init(postgresMicroseconds: Int64) {
        let (value, overflow) = postgresMicroseconds.addingReportingOverflow(Self.postgresEpoch)
        microseconds = overflow ? .max : value
    }

    /// PostgreSQL's binary form: microseconds since 2000-01-01T00:00:00Z.
    @inlinable
    public var postgresMicroseconds: Int64 {
        let (value, overflow) = microseconds.subtractingReportingOverflow(Self.postgresEpoch)
        return overflow ? .min : value
    }

    /// Whole milliseconds since 1970, rounded down.
    public var milliseconds: Int64 { microseconds.dividedDown(by: 1000) }

    /// Whole seconds since 1970, rounded down, as in the claims of a token.
    public var seconds: Int64 { microseconds.dividedDown(by: 1_000_000) }

    /// 2000-01-01T00:00:00Z.
    @usableFromInline static let postgresEpoch: Int64 = 946_684_800_000_000

    /// The moment `duration` later; at the edge of the range it stays there.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (value, overflow) = moment.microseconds.addingReportingOverflow(duration.microseconds)
        return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : value)
    }

    /// The moment `duration` earlier; at the edge of the range it stays there.
    public static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        let (value, overflow) = moment.microseconds.subtractingReportingOverflow(duration.microseconds)
        return Timestamp(microseconds: overflow ? (duration < .zero ? .max : .min) : value)
    }

    /// The time from `earlier` to `later`, negative when they are the other way round.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        let (value, overflow) = later.microseconds.subtractingReportingOverflow(earlier.microseconds)
        return .microseconds(overflow ? (later < earlier ? .min : .max) : value)
    }
}

extension Timestamp: Comparable {
    /// Orders moments by time.
    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero; at the edge of `Int64` it stays there.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (value, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return overflow || carried ? (seconds < 0 ? .min : .max) : value
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity; the divisor is a positive constant.
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
