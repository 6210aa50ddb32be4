// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct CrashPlanTests {
    @Test func everyStepIsReadWithAndWithoutAPassage() throws {
        for point in CrashPoint.allCases {
            let first = try #require(CrashPoint.Plan(point.rawValue))
            #expect(first.point == point && first.passage == 1)
            let third = try #require(CrashPoint.Plan("\(point.rawValue):3"))
            #expect(third.point == point && third.passage == 3)
        }
    }

    @Test(arguments: [
        "", "order", "order.held:", "order.held:0", "order.held:-1", "order.held:1:2", "Order.held", ":1",
    ])
    func nothingElseIs(text: String) {
        #expect(CrashPoint.Plan(text) == nil)
    }
}
