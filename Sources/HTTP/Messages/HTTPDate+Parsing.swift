// SPDX-License-Identifier: Apache-2.0

extension HTTPDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Seconds since 1970 of a date in any of the three forms (RFC 9110 §5.6.7); nil for anything else. The name of the day
    /// is not compared.
    ///
    ///     Sun, 06 Nov 1994 08:49:37 GMT
    ///     Sunday, 06-Nov-94 08:49:37 GMT
    ///     Sun Nov  6 08:49:37 1994
    static func parse(_ text: ArraySlice<UInt8>) -> Int? {
        let words = text.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard text.count <= 40, let first = words.first else { return nil }
        switch words.count {
        case 6 where first.hasSuffix(",") && words[5] == "gmt":
            return seconds(day: words[1], month: words[2], year: words[3], time: words[4])
        case 4 where first.hasSuffix(",") && words[3] == "gmt":
            let date = words[1].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard date.count == 3, date[2].utf8.count == 2, let short = number(date[2]) else { return nil }
            // The century that is not far ahead: nobody has files of the next fifty years.
            return seconds(
                day: date[0], month: date[1], year: "\(short < 70 ? 2000 + short : 1900 + short)", time: words[2])
        case 5 where !first.hasSuffix(","):
            return seconds(day: words[2], month: words[1], year: words[4], time: words[3])
        default: return nil
        }
    }

    private static func seconds(day: String, month: String, year: String, time: String) -> Int? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let day = number(day), (1...31).contains(day), let month = months.firstIndex(of: month),
            let year = number(year), (1970...9999).contains(year), clock.count == 3,
            clock.allSatisfy({ $0.utf8.count == 2 }), let hour = number(clock[0]), let minute = number(clock[1]),
            let second = number(clock[2]), hour < 24, minute < 60, second <= 60
        else { return nil }
        return days(year: year, month: month + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: String) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ $0.decimalValue != nil }) else { return nil }
        return Int(text)
    }

    /// Days since 1970-01-01; years are counted from March, as in `append`.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let shifted = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shifted + 2) / 5 + day - 1
        let era = year / 400
        let yearOfEra = year % 400
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The text of a date.
    static func text(seconds: Int) -> String {
        var bytes: [UInt8] = []
        append(seconds: UInt64(max(0, seconds)), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
