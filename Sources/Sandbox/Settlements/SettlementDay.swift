// SPDX-License-Identifier: Apache-2.0

/// Days as the provider counts them, in India's time.
enum SettlementDay {
    private static let day: Int64 = 86_400
    /// Half past five hours before UTC.
    private static let offset: Int64 = 19_800

    /// Two working days later at the same time.
    static func due(after moment: Int64) -> Int64 {
        var moment = moment
        var left = 2
        while left > 0 {
            moment += day
            // 1970 began on a Thursday; Saturday and Sunday are the last two days of the week.
            let weekday = (floored(moment + offset) + 3) % 7
            if weekday < 5 { left -= 1 }
        }
        return moment
    }

    /// The civil date of a moment (proleptic Gregorian calendar).
    static func date(of moment: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Counted in eras of 400 years that begin in March.
        let days = floored(moment + offset) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    private static func floored(_ moment: Int64) -> Int64 {
        moment >= 0 ? moment / day : (moment - day + 1) / day
    }
}
