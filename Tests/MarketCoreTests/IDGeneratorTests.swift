// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct IDGeneratorTests {
    private let start = Timestamp(microseconds: (IDLayout.epochMilliseconds + 1000) * 1000)

    @Test func composesTimeWorkerAndSequence() throws {
        let clock = ManualClock(start)
        let generator = try #require(IDGenerator(worker: 5, clock: clock))
        let first = generator.next(IDKinds.Order.self)
        let second: OrderID = generator.next()
        #expect(first.rawValue == 1000 << 22 | 5 << 12)
        #expect(second.rawValue == 1000 << 22 | 5 << 12 | 1)
        #expect(first.createdAt == start)
        clock.advance(by: .milliseconds(1))
        #expect(generator.next(IDKinds.Order.self).rawValue == 1001 << 22 | 5 << 12)
    }

    @Test func neverRunsBackwardsWhenTheClockDoes() throws {
        let clock = ManualClock(start)
        let generator = try #require(IDGenerator(worker: 0, clock: clock))
        let before = generator.nextRawValue()
        clock.advance(by: .seconds(-3600))
        #expect(generator.nextRawValue() == before + 1)
    }

    @Test func borrowsTheNextMillisecondWhenOneIsUsedUp() throws {
        let generator = try #require(IDGenerator(worker: 1023, clock: ManualClock(start)))
        var last: Int64 = 0
        for _ in 0..<4096 { last = generator.nextRawValue() }
        #expect(last == 1000 << 22 | 1023 << 12 | 4095)
        #expect(generator.nextRawValue() == 1001 << 22 | 1023 << 12)
    }

    @Test func startsAfterWhatItsWorkerMadeBefore() throws {
        let earlier = start + .seconds(10)
        let generator = try #require(IDGenerator(worker: 0, clock: ManualClock(start), after: earlier))
        #expect(OrderID(rawValue: generator.nextRawValue()).createdAt > earlier)
    }

    @Test func refusesWorkersThatDoNotFit() {
        #expect(IDGenerator(worker: 1024, clock: SystemClock()) == nil)
        #expect(IDGenerator(worker: -1, clock: SystemClock()) == nil)
        #expect(IDGenerator(worker: 1023, clock: SystemClock()) != nil)
    }

    @Test func staysPositiveBeforeItsEpochAndAfterItsEnd() throws {
        for seconds: Int64 in [0, 5_000_000_000] {
            let generator = try #require(IDGenerator(worker: 9, clock: ManualClock(Timestamp(seconds: seconds))))
            #expect(generator.nextRawValue() > 0)
        }
    }

    @Test func makesNoIDTwiceFromManyTasks() async throws {
        let generator = try #require(IDGenerator(worker: 3, clock: SystemClock()))
        let ids = await withTaskGroup(of: [Int64].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var made: [Int64] = []
                    for _ in 0..<2000 { made.append(generator.nextRawValue()) }
                    return made
                }
            }
            var all: [Int64] = []
            for await made in group {
                #expect(made == made.sorted())
                all += made
            }
            return all
        }
        #expect(Set(ids).count == 16_000)
    }
}
