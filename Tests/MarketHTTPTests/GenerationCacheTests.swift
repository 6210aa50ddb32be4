// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MarketHTTP

@Suite struct GenerationCacheTests {
    @Test func neverHoldsMoreThanItsCapacity() {
        var cache = GenerationCache<Int, Int>(capacity: 8)
        for number in 0..<1000 {
            cache.insert(number, for: number)
            #expect(cache.count <= 8)
            #expect(cache.value(for: number) == number)
        }
    }

    @Test func keepsWhatIsUsed() {
        var cache = GenerationCache<Int, Int>(capacity: 8)
        cache.insert(-1, for: -1)
        for number in 0..<100 {
            cache.insert(number, for: number)
            #expect(cache.value(for: -1) == -1)
        }
        #expect(cache.value(for: 50) == nil)
    }

    @Test func forgetsOnDemand() {
        var cache = GenerationCache<Int, Int>(capacity: 8)
        for number in 0..<6 { cache.insert(number, for: number) }
        cache.remove(5)
        cache.removeAll { key, _ in key % 2 == 0 }
        #expect(cache.value(for: 5) == nil && cache.value(for: 4) == nil)
        #expect(cache.value(for: 3) == 3)
        cache.removeAll()
        #expect(cache.count == 0)
    }
}
