// SPDX-License-Identifier: Apache-2.0

/// A demo seller.
struct SeedSeller: Sendable {
    let slug: String
    let name: String
    /// Where its goods leave from: decides CGST and SGST, or IGST.
    let state: String
    /// What its products are called by.
    let brands: [String]
    let isTrusted: Bool

    private init(_ slug: String, _ name: String, _ state: String, _ brands: [String], trusted: Bool = false) {
        self.slug = slug
        self.name = name
        self.state = state
        self.brands = brands
        isTrusted = trusted
    }

    /// Ten sellers in eight states; the first belongs to the demo seller's account, whose products are reviewed.
    static let all = [
        SeedSeller("kaveri-traders", "Kaveri Traders", "KA", ["Kaverika", "Malnad Lane", "Hampi & Sons"]),
        SeedSeller(
            "deccan-bazaar", "Deccan Bazaar", "TG", ["Deccanic", "Charmin Street", "Golkonda Works"], trusted: true),
        SeedSeller(
            "sahyadri-stores", "Sahyadri Stores", "MH", ["Sahyakriti", "Konkan Post", "Ghatline"], trusted: true),
        SeedSeller("yamuna-mart", "Yamuna Mart", "DL", ["Yamunotsav", "Ring Road", "Lal Kothi"]),
        SeedSeller(
            "coromandel-house", "Coromandel House", "TN", ["Coromandela", "Marina Nine", "Thinnai"], trusted: true),
        SeedSeller("sabarmati-retail", "Sabarmati Retail", "GJ", ["Sabarmitra", "Pol & Patang", "Rann Collective"]),
        SeedSeller("hooghly-emporium", "Hooghly Emporium", "WB", ["Hooghlika", "Tramline", "Shantipur Looms"]),
        SeedSeller("periyar-provisions", "Periyar Provisions", "KL", ["Periyara", "Backwater Co", "Tellicherry Lane"]),
        SeedSeller(
            "aravalli-crafts", "Aravalli Crafts", "RJ", ["Aravalika", "Blue City", "Thar & Thread"], trusted: true),
        SeedSeller("vindhya-supplies", "Vindhya Supplies", "MH", ["Vindhyam", "Plain & Square", "Workbench Nine"]),
    ]
}
