// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Monotonic nanoseconds, read from the system.
func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Milliseconds since 1970.
func wallMilliseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) &* 1000 &+ UInt64(time.tv_nsec) / 1_000_000
}

/// A moment as logs have it (RFC 3339, UTC, milliseconds).
enum InternetTime {
    /// `2026-11-27T10:15:00.123Z`
    static func text(milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1000
        let (year, month, day) = HTTPDate.civil(Int(seconds / 86_400))
        let rest = Int(seconds % 86_400)
        var text = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
        text += "T" + padded(rest / 3600, 2) + ":" + padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2)
        return text + "." + padded(Int(milliseconds % 1000), 3) + "Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }
}

/// The date of an answer (IMF-fixdate, RFC 9110 §5.6.7).
enum HTTPDate {
    /// Appends `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func append(seconds: UInt64, to bytes: inout [UInt8]) {
        let days = Int(seconds / 86_400)
        let rest = Int(seconds % 86_400)
        let (year, month, day) = civil(days)
        let weekdays: StaticString = "ThuFriSatSunMonTueWed"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        append(weekdays, days % 7, to: &bytes)
        bytes.append(", " as StaticString)
        append(two: day, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        append(months, month - 1, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        append(two: year / 100, to: &bytes)
        append(two: year % 100, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        append(two: rest / 3600, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(two: rest / 60 % 60, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(two: rest % 60, to: &bytes)
        bytes.append(" GMT" as StaticString)
    }

    /// The calendar date of a day since 1970-01-01: years are counted from March, so that the leap day comes last.
    static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func append(_ names: StaticString, _ index: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: names.utf8Start + index * 3, count: 3))
    }

    private static func append(two value: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
