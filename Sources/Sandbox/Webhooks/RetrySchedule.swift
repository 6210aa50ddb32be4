// SPDX-License-Identifier: Apache-2.0

/// When an event that is not acknowledged is sent again: the gaps that were measured at the provider, doubling to the end
/// of the day.
enum RetrySchedule {
    /// Seconds between sends: 16 sends in all, over 23 hours.
    static let gaps: [Double] = [0.2, 6, 13, 20, 43, 82] + (1...9).map { 82 * Double(1 << $0) }

    /// When sending ends; the address is switched off then.
    static let limit: Duration = .seconds(24 * 3600)

    /// From the first send to each of the next.
    static let offsets: [Duration] = {
        var sum = 0.0
        return gaps.map { gap in
            sum += gap
            return .milliseconds(Int64(sum * 1000))
        }
    }()
}
