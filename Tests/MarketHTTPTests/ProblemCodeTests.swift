// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Testing

@Suite struct ProblemCodeTests {
    @Test func agreesWithTheTransportLayer() {
        for kind in Problem.Kind.transport {
            #expect(ProblemCode(rawValue: kind.code)?.kind == kind, "\(kind.code)")
        }
    }

    @Test func codesAreWordsAndTitlesAreSentences() {
        for code in ProblemCode.allCases {
            #expect(code.rawValue.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }, "\(code)")
            #expect(code.title.first?.isUppercase == true, "\(code)")
            #expect(!code.title.contains("-"), "\(code)")
            #expect((400...599).contains(code.status), "\(code)")
        }
        #expect(ProblemCode.insufficientStock.title == "Insufficient stock")
        #expect(Set(ProblemCode.allCases.map(\.title)).count == ProblemCode.allCases.count)
    }

    @Test func problemsCarryTheirCode() {
        let problem = Problem(.emailTaken, detail: "Someone uses it.")
        #expect(problem.kind.code == "email-taken")
        #expect(problem.status.code == 409)
        #expect(problem.detail == "Someone uses it.")
    }
}
