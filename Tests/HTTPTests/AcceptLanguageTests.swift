// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@Suite struct AcceptLanguageTests {
    @Test(
        arguments: [
            ([], nil), ([""], nil), (["hi"], "hi"), (["HI"], "hi"), (["hi-IN, en;q=0.5"], "hi"),
            (["en;q=0.4, hi;q=0.5"], "hi"), (["hi ; q=0.9 ,en"], "en"), (["hi;q=0, en"], "en"), (["hi;q=0"], nil),
            (["fr, de"], nil), (["fr, de;q=0.8, hi;q=0.001"], "hi"), (["hindi"], nil), (["*"], "en"),
            (["*;q=0.1, hi;q=0.2"], "hi"), (["hi;q=0.1, *;q=0.2"], "en"), (["en;q=0, *"], "hi"), (["*;q=0"], nil),
            (["EN, HI"], "en"), (["hi, en"], "hi"), (["hi;q=0.1, hi-IN;q=0.9, en;q=0.5"], "hi"),
            (["fr", "hi"], "hi"), (["en;q=0.1", "hi;q=0.2"], "hi"),
            // What cannot be read is overlooked, and only that.
            (["hi;q=x"], nil), (["hi;q=2, en;q=0.1"], "en"), (["hi;q=0.1234"], nil), (["hi q=1"], nil),
            ([";;,q="], nil), (["hi;level=1, en"], "en"), ([",, hi ,"], "hi"),
        ] as [([String], String?)])
    func takesTheBestThatIsOffered(lines: [String], expected: String?) {
        #expect(AcceptLanguage.best(of: ["en", "hi"], accepted: lines) == expected)
    }

    @Test func looksAtSoManyRangesAndNoMore() {
        let others = (0..<16).map { "x\($0)" }.joined(separator: ",")
        #expect(AcceptLanguage.best(of: ["hi"], accepted: [others, "hi"]) == nil)
        #expect(AcceptLanguage.best(of: ["hi"], accepted: ["hi", others]) == "hi")
    }
}
