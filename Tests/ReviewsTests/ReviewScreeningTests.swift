// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reviews

@Suite struct ReviewScreeningTests {
    private func finding(_ text: String) -> ReviewScreening.Finding? {
        ReviewScreening.finding(in: ReviewContent(rating: 3, title: nil, text: text))
    }

    @Test(arguments: [
        "Good.", "Arrived in 3 days, 1,299 rupees well spent.", "Model RX-78-2 works, the 2nd one too.",
        "Come in, it is fine.",
        "It's so-so (see below).", "Scunthorpe is a town, and a shitake a mushroom.", "10/10", "@ home it looks well.",
        "अच्छा है", "Bought on 2026-01-02.",
    ])
    func letsOrdinaryTextsThrough(text: String) {
        #expect(finding(text) == nil)
    }

    @Test(arguments: [
        ("http://x", ReviewScreening.Finding.link), ("HTTPS://X.Y", .link), ("www.shop", .link),
        ("at cheap.shop.", .link),
        ("(rugs.in)", .link), ("rugs.com/offer?x", .link), ("me@home.org", .contact), ("me@home.example", .contact),
        ("98765 43210", .contact), ("(080) 2345-6789", .contact), ("bullshit!", .word), ("A WHORE", .word),
        ("on WhatsApp", .word),
    ])
    func findsWhatAPersonShouldSee(text: String, expected: ReviewScreening.Finding) {
        #expect(finding(text) == expected)
    }

    @Test func looksAtTheHeadlineToo() {
        let content = ReviewContent(rating: 3, title: "www.x", text: "Fine.")
        #expect(ReviewScreening.finding(in: content) == .link)
        #expect(ReviewScreening.finding(in: ReviewContent(rating: 1, title: nil, text: nil)) == nil)
    }
}
