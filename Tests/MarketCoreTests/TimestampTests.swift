// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct TimestampTests {
    @Test(
        "writes RFC 3339 in UTC with milliseconds, rounded down",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_465_123_120_999, "2026-11-23T20:18:43.120Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000Z"),
            (.max, "9999-12-31T23:59:59.999Z"), (.min, "0000-01-01T00:00:00.000Z"),
        ])
    func writes(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test(
        "reads RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", Int64(0)), ("2026-11-23T20:18:43.120Z", 1_795_465_123_120_000),
            ("2026-11-24T01:48:43.12+05:30", 1_795_465_123_120_000),
            ("2026-11-23t15:18:43.1200009-05:00", 1_795_465_123_120_000),
            ("1969-12-31T23:59:59.999999Z", -1), ("2000-02-29T00:00:00z", 951_782_400_000_000),
        ])
    func reads(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(
        "refuses what is no moment",
        arguments: [
            "", "2026-11-23", "2026-11-23T20:18:43", "2026-11-23 20:18:43Z", "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0530", "2026-01-01T00:00:00Zx", "26-01-01T00:00:00Z",
        ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        var previous = CivilDate(daysSince1970: -140_001)
        for days in Int64(-140_000)...10_000 {
            let date = CivilDate(daysSince1970: days)
            #expect(date.daysSince1970 == days)
            let isNextDay = date.day == previous.day + 1 || date.day == 1
            #expect(isNextDay && date != previous)
            previous = date
        }
    }

    @Test func arithmeticStaysInRange() {
        let moment = Timestamp(seconds: 100)
        #expect(moment + .milliseconds(1500) == Timestamp(microseconds: 101_500_000))
        #expect(moment - .seconds(100) == Timestamp(microseconds: 0))
        #expect(Timestamp(seconds: 3) - Timestamp(seconds: 1) == .seconds(2))
        #expect(Timestamp(microseconds: .max) + .seconds(1) == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: .min) - .seconds(1) == Timestamp(microseconds: .min))
        #expect(Timestamp(seconds: .max).microseconds == .max)
        #expect(Timestamp(microseconds: -1).seconds == -1)
    }

    @Test func convertsPostgresEpoch() {
        #expect(Timestamp(postgresMicroseconds: 0).description == "2000-01-01T00:00:00.000Z")
        let moment = Timestamp(microseconds: 1_795_465_123_120_999)
        #expect(Timestamp(postgresMicroseconds: moment.postgresMicroseconds) == moment)
        #expect(Timestamp(postgresMicroseconds: .max).microseconds == .max)
    }

    @Test func manualClockMovesOnlyWhenTold() {
        let clock = ManualClock(Timestamp(seconds: 10))
        #expect(clock.now() == Timestamp(seconds: 10))
        clock.advance(by: .seconds(5))
        #expect(clock.now() == Timestamp(seconds: 15))
        clock.set(Timestamp(seconds: 1))
        #expect(clock.now() == Timestamp(seconds: 1))
        #expect(SystemClock().now() > Timestamp(rfc3339: "2024-01-01T00:00:00Z") ?? Timestamp(seconds: .max))
    }
}
