// SPDX-License-Identifier: Apache-2.0

/// A job that is begun again and again.
public struct JobSchedule: Sendable, Hashable {
    /// When.
    public enum Plan: Sendable, Hashable {
        /// So often, in whole seconds from a second to a week.
        case every(Duration)
        /// At a time of the day, in a zone such as `Asia/Kolkata`.
        case daily(hour: Int, minute: Int, zone: String)
    }

    /// Names it for good: what ran last is known by it.
    public let name: String
    /// The job's kind.
    public let kind: String
    /// When it runs.
    public let plan: Plan

    /// States it.
    public init(_ name: String, kind: String, _ plan: Plan) {
        self.name = name
        self.kind = kind
        self.plan = plan
    }

    /// Whole seconds; nil where it is daily.
    var everySeconds: Int32? {
        if case .every(let duration) = plan { Int32(clamping: duration.components.seconds) } else { nil }
    }

    /// `03:30`; nil where it is not daily.
    var dailyAt: String? {
        guard case .daily(let hour, let minute, _) = plan else { return nil }
        return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }

    var zone: String {
        if case .daily(_, _, let zone) = plan { zone } else { "UTC" }
    }
}
