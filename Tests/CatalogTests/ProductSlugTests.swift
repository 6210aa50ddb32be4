// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import Catalog

@Suite struct ProductSlugTests {
    @Test(
        "titles become addresses",
        arguments: [
            ("Walnut Bookshelf Speaker", "walnut-bookshelf-speaker"), ("  50 % off!! ", "50-off"),
            ("Crème Brûlée Łódź Straße", "creme-brulee-lodz-strasse"), ("Đặng’s phở", "dangs-pho"),
            ("e\u{301}clair", "eclair"), ("चाय मसाला", "chaaya-masaalaa"), ("हिन्दी", "hindii"),
            ("ज़ीरा ५", "jiiraa-5"), ("தமிழ்", "tamil"), ("ಕನ್ನಡ", "kannada"), ("日本", ""), ("—", ""),
        ])
    func titles(title: String, slug: String) {
        #expect(ProductSlug.base(title) == slug)
    }

    @Test func hasAnAnswerToEverything() {
        let product = ProductID(rawValue: 5)
        #expect(ProductSlug.candidates(title: "日本", product: product) == ["product-0000000000005"])
        #expect(
            ProductSlug.candidates(title: "Rug", product: product) == [
                "rug", "rug-0000000000005", "product-0000000000005",
            ])
        let long = ProductSlug.candidates(title: String(repeating: "ab ", count: 100), product: product)
        for slug in long { #expect(slug.utf8.count <= 200 && !slug.contains("--") && !slug.hasSuffix("-")) }
    }
}
