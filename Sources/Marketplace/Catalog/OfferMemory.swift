// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// The remembered offers: bounded, and not searched by requests.
///
/// Two generations: when the young one is full, it becomes the old one, and what was old is forgotten. An entry that is used
/// moves to the young one, so what is hot stays.
struct OfferMemory {
    /// What is known of a variant.
    struct Entry {
        /// nil: there is no such variant.
        let offer: Offer?
        /// When the look-up that brought it began, by the loop's clock.
        let asOf: UInt64
    }

    /// The most entries of both generations together.
    let capacity: Int
    private var young: [VariantID: Entry] = [:]
    private var old: [VariantID: Entry] = [:]

    init(capacity: Int) {
        self.capacity = max(capacity, 2)
    }

    /// Entries held; one that is in both generations counts twice.
    var count: Int { young.count + old.count }

    mutating func entry(_ variant: VariantID) -> Entry? {
        if let entry = young[variant] { return entry }
        guard let entry = old.removeValue(forKey: variant) else { return nil }
        insert(entry, for: variant)
        return entry
    }

    mutating func insert(_ entry: Entry, for variant: VariantID) {
        if young.count >= capacity / 2, young[variant] == nil {
            old = young
            young = [:]
        }
        young[variant] = entry
    }

    mutating func remove(_ variant: VariantID) {
        young[variant] = nil
        old[variant] = nil
    }

    /// The remembered variants of products.
    func variants(of products: Set<ProductID>) -> [VariantID] {
        func isOf(_ entry: Entry) -> Bool { entry.offer.map { products.contains($0.product) } ?? false }
        return young.filter { isOf($0.value) }.map(\.key) + old.filter { isOf($0.value) }.map(\.key)
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
