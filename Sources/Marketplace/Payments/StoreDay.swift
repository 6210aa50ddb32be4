// SPDX-License-Identifier: Apache-2.0

/// Days as they are written, `YYYY-MM-DD`, of this century.
enum StoreDay {
    /// Asia/Kolkata before UTC; it has no summer time.
    static let offset: Duration = .seconds(19_800)

    /// Whether a text is a day of the calendar.
    static func isValid(_ text: String) -> Bool {
        guard let match = text.wholeMatch(of: /(20[0-9]{2})-([0-9]{2})-([0-9]{2})/), let year = Int(match.1),
            let month = Int(match.2), let day = Int(match.3), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...days).contains(day)
    }
}
