// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// Good and bad inputs, changed at random by a fixed seed: nothing may trap, read past its input or depend on the cuts.
///
/// The input stands in memory that ends at a forbidden page, so that one octet too far ends the process.
@Suite struct MutationTests {
    private static let rounds = 10_000
    private static let alphabet =
        Array("\r\n\t \0:;,\"\\/%?#.[]{}0159aAfFzeE+-_\u{7F}é😀".utf8) + [0x80, 0xC0, 0xED, 0xFF]

    /// One to four changes: an octet replaced, taken out or put in, a stretch repeated or moved, the end cut off.
    private static func mutated(_ original: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        var octets = original
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let at = octets.isEmpty ? 0 : Int.random(in: octets.indices, using: &numbers)
            let octet = alphabet.randomElement(using: &numbers) ?? 0
            let stretch = octets[at..<min(octets.count, at + Int.random(in: 0...24, using: &numbers))]
            switch Int.random(in: 0..<7, using: &numbers) {
            case 0 where !octets.isEmpty: octets[at] = octet
            case 1 where !octets.isEmpty: octets[at] = UInt8.random(in: 0...255, using: &numbers)
            case 2 where !octets.isEmpty: octets.remove(at: at)
            case 3: octets.insert(octet, at: at)
            case 4: octets.insert(contentsOf: stretch, at: at)
            case 5: octets.insert(contentsOf: Array(stretch), at: Int.random(in: 0...octets.count, using: &numbers))
            default: octets.removeSubrange(at...)
            }
        }
        return octets
    }

    @Test(arguments: [1, 2] as [UInt64]) func requests(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let guarded = GuardedBuffer(capacity: 16 * 1024)
        var refused = 0
        for round in 0..<Self.rounds {
            guard let sample = RequestSamples.all.randomElement(using: &numbers) else { return }
            let octets = Self.mutated(sample.octets, &numbers)
            let whole = ParsedStream(octets, limits: sample.limits)
            // The same in two pieces, each up to the forbidden page.
            let cut = Int.random(in: 0...octets.count, using: &numbers)
            var inTwo = ParsedStream([], limits: sample.limits)
            var parser = RequestParser(limits: sample.limits)
            for piece in [octets[..<cut], octets[cut...]] where inTwo.failure == nil {
                guarded.with(piece) { inTwo.feed($0, to: &parser, 1000) }
            }
            inTwo.isIncomplete = inTwo.failure == nil && parser.isInsideRequest
            #expect(inTwo == whole, "seed \(seed), round \(round), cut at \(cut): \(octets)")
            refused += whole.failure == nil ? 0 : 1
        }
        // Both sides are reached, else the mutations are too tame or too wild.
        #expect(refused > Self.rounds / 10)
        #expect(refused < Self.rounds)
    }

    @Test(arguments: [3, 4] as [UInt64]) func documents(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let guarded = GuardedBuffer(capacity: 16 * 1024)
        var accepted = 0
        for round in 0..<Self.rounds {
            guard let sample = JSONSamples.all.randomElement(using: &numbers) else { return }
            let octets = Self.mutated(sample.octets, &numbers)
            let inPlace = guarded.with(octets) { buffer -> Bool in
                var parser = JSONParser(buffer, depthMax: 8)
                return (try? parser.parse()) != nil
            }
            let document = try? JSONDocument(parsing: octets, depthMax: 8)
            #expect(inPlace == (document != nil), "seed \(seed), round \(round): \(octets)")
            guard let document else { continue }
            accepted += 1
            let canonical = document.canonical()
            let again = try? JSONDocument(parsing: canonical, depthMax: 8)
            #expect(again?.canonical() == canonical, "seed \(seed), round \(round): \(octets)")
            _ = try? JSONInput.read(document) { body in
                (body.string("a"), body.optionalInt("b"), body.array("c", count: 0...4) { $0.bool("d") })
            }
        }
        #expect(accepted > Self.rounds / 50)
        #expect(accepted < Self.rounds)
    }

    @Test(arguments: [5] as [UInt64]) func queries(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let samples = ["a=b&c=d", "a=%41%c3%a9&b=+", "=&&=x", "a%3Db=c%26", "x=%e2%82%ac", "a[]=1&a[]=2"]
        var accepted = 0
        for _ in 0..<Self.rounds * 2 {
            let octets = Self.mutated(Array((samples.randomElement(using: &numbers) ?? "").utf8), &numbers)
            guard let items = try? QueryItems(decoding: octets) else { continue }
            accepted += 1
            #expect(items.pairs.allSatisfy { !$0.name.utf8.contains(0) && !$0.value.utf8.contains(0) })
        }
        #expect(accepted > Self.rounds)
        #expect(accepted < Self.rounds * 2)
    }
}
