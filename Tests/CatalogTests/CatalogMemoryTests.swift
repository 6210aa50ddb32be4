// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Synchronization
import Testing
import UVRuntime

@testable import Catalog

/// The memory alone, on an executor and a clock that move only when told to.
@Suite struct CatalogMemoryTests {
    /// A memory, look-ups that land when told to, and the answers that were given.
    private final class World: Sendable {
        let executor = ManualExecutor()
        let memory: CatalogMemory
        private let waiting = Mutex<[LoopContinuation<CatalogAnswer>]>([])
        private let given = Mutex<[Result<CatalogAnswer, any Error>]>([])
        private let begun = Mutex(0)

        init(_ limits: CatalogMemoryLimits = CatalogMemoryLimits(), isTrusted: Bool = true) {
            memory = CatalogMemory(executor: executor, clock: executor, limits: limits)
            if isTrusted { tell { $0.trust() } }
        }

        /// Look-ups that have begun.
        var loads: Int { begun.withLock { $0 } }
        /// The bodies that were given, one octet each; nil for a failure.
        var answers: [UInt8?] { given.withLock { $0.map { try? $0.get().body.first } } }

        func tell(_ body: @escaping @Sendable (isolated CatalogMemory) -> Void) {
            let memory = memory
            executor.perform { _ = Task { await Self.apply(memory, body) } }
            executor.run()
        }

        private static func apply(
            _ memory: isolated CatalogMemory, _ body: (isolated CatalogMemory) -> Void
        ) async { body(memory) }

        func ask(_ key: CatalogMemory.Key) {
            executor.perform {
                _ = Task {
                    let result: Result<CatalogAnswer, any Error>
                    do {
                        result = .success(
                            try await memory.answer(key) {
                                self.begun.withLock { $0 += 1 }
                                return try await withLoopContinuation { continuation in
                                    self.waiting.withLock { $0.append(continuation) }
                                }
                            })
                    } catch {
                        result = .failure(error)
                    }
                    given.withLock { $0.append(result) }
                }
            }
            executor.run()
        }

        /// Lets the look-up that has waited longest end.
        func land(_ result: Result<CatalogAnswer, any Error>) {
            let continuation = waiting.withLock { $0.removeFirst() }
            executor.perform { continuation.resume(with: result) }
            executor.run()
        }
    }

    private struct Failure: Error {}

    private static func detail(_ body: UInt8, _ product: Int64 = 1, size: Int = 1) -> CatalogAnswer {
        CatalogAnswer(
            Array(repeating: body, count: size),
            shown: .init(
                product: ProductID(rawValue: product), slug: "p\(product)",
                variants: [VariantID(rawValue: product * 10)]))
    }

    private static func page(_ body: UInt8, _ variants: [Int64]) -> CatalogAnswer {
        CatalogAnswer([body], shown: .init(variants: variants.map(VariantID.init(rawValue:))))
    }

    private static let key = CatalogMemory.Key.product(ProductID(rawValue: 1))

    @Test func whoAsksMeanwhileSharesTheLookUp() {
        let world = World()
        for _ in 0..<5 { world.ask(Self.key) }
        #expect(world.loads == 1)
        world.land(.success(Self.detail(7)))
        #expect(world.answers == [7, 7, 7, 7, 7])
        world.ask(Self.key)
        world.ask(.slug("p1"))
        #expect(world.loads == 1 && world.answers.count == 7, "and both names of it are known now")
    }

    @Test func aFailureIsEverybodysAndNobodyRemembersIt() {
        let world = World()
        for _ in 0..<2 { world.ask(Self.key) }
        world.land(.failure(Failure()))
        #expect(world.answers == [nil, nil])
        world.ask(Self.key)
        #expect(world.loads == 2)
    }

    @Test func aLookUpThatBeganBeforeTheNewsIsNeitherKeptNorJoined() {
        let world = World()
        world.ask(Self.key)
        world.tell { $0.forget(.products([ProductID(rawValue: 1)])) }
        world.ask(Self.key)
        #expect(world.loads == 2, "the second may not be given what was there before")
        world.land(.success(Self.detail(1)))
        world.ask(Self.key)
        #expect(world.loads == 2 && world.answers == [1], "it shares the second")
        world.land(.success(Self.detail(2)))
        world.ask(Self.key)
        #expect(world.answers == [1, 2, 2, 2])
    }

    @Test func newsOfOthersDoNotKeepALookUpFromBeingRemembered() {
        let world = World()
        world.ask(Self.key)
        world.tell { $0.forget(.sold([VariantID(rawValue: 20)])) }
        world.land(.success(Self.detail(1)))
        world.ask(Self.key)
        #expect(world.loads == 1)
        world.tell { $0.forget(.sold([VariantID(rawValue: 10)])) }
        world.ask(Self.key)
        #expect(world.loads == 2)
    }

    @Test func answersGrowOld() {
        let world = World()
        world.ask(Self.key)
        world.executor.advance(by: .seconds(20))
        world.land(.success(Self.detail(1)))
        world.executor.advance(by: .seconds(9))
        world.ask(Self.key)
        #expect(world.loads == 1)
        world.executor.advance(by: .seconds(1))
        world.ask(Self.key)
        #expect(world.loads == 2, "the age counts from the beginning of the look-up")
    }

    @Test func whileNothingIsHeardNothingIsKept() {
        let world = World(isTrusted: false)
        for number in 1...2 {
            world.ask(Self.key)
            world.land(.success(Self.detail(1)))
            #expect(world.loads == number)
        }
        world.tell { $0.trust() }
        world.ask(Self.key)
        world.tell { $0.distrust() }
        world.tell { $0.trust() }
        world.land(.success(Self.detail(1)))
        world.ask(Self.key)
        #expect(world.loads == 4, "what it missed meanwhile nobody knows")
    }

    @Test func pagesGoWithWhatTheyShowAndWithEveryProduct() {
        let world = World()
        let pages: [(String, [Int64])] = [("a", [10, 20]), ("b", [30])]
        func fill() {
            for (name, variants) in pages {
                let before = world.loads
                world.ask(.page(name))
                if world.loads > before { world.land(.success(Self.page(1, variants))) }
            }
        }
        func loads(after change: SharedChange) -> Int {
            fill()
            let before = world.loads
            world.tell { $0.forget(change) }
            fill()
            return world.loads - before
        }
        #expect(loads(after: .stock([VariantID(rawValue: 20)])) == 1)
        #expect(loads(after: .sold([VariantID(rawValue: 25)])) == 0)
        #expect(loads(after: .offers([VariantID(rawValue: 25)])) == 2, "a price moves products between pages")
        #expect(loads(after: .products([ProductID(rawValue: 9)])) == 2)
        #expect(loads(after: .ratings([ProductID(rawValue: 9)])) == 2, "lists go by ratings")
        #expect(loads(after: .stock((100...200).map(VariantID.init(rawValue:)))) == 2, "too many to look for")
        #expect(loads(after: .stock(nil)) == 2)
    }

    @Test func aSellersRatingIsNewsOfItsProductsAlone() {
        let world = World()
        func detail(_ product: Int64, of seller: Int64) -> CatalogAnswer {
            CatalogAnswer(
                [UInt8(product)],
                shown: .init(
                    product: ProductID(rawValue: product), seller: SellerID(rawValue: seller), slug: "p\(product)"))
        }
        for (product, seller) in [(1, 7), (2, 7), (3, 8)] as [(Int64, Int64)] {
            world.ask(.product(ProductID(rawValue: product)))
            world.land(.success(detail(product, of: seller)))
        }
        world.ask(.page("a"))
        world.land(.success(Self.page(9, [])))
        world.tell { $0.forget(.sellers([SellerID(rawValue: 7)])) }
        func loads(_ key: CatalogMemory.Key) -> Int {
            let before = world.loads
            world.ask(key)
            return world.loads - before
        }
        #expect(loads(.product(ProductID(rawValue: 3))) == 0)
        #expect(loads(.page("a")) == 1, "which shows sellers by their ratings too")
        #expect(loads(.product(ProductID(rawValue: 1))) == 1 && loads(.slug("p2")) == 1)
    }

    @Test func aPageIsAsOldAsItsOldestPart() {
        let world = World()
        world.executor.advance(by: .seconds(100))
        let since = world.executor.now
        world.executor.advance(by: .seconds(20))
        world.ask(.page("a"))
        world.land(.success(CatalogAnswer([1], partsSince: since, shown: .init())))
        world.executor.advance(by: .seconds(9))
        world.ask(.page("a"))
        #expect(world.loads == 1)
        world.executor.advance(by: .seconds(1))
        world.ask(.page("a"))
        #expect(world.loads == 2)
    }

    @Test func theNumberAndTheOctetsAreBounded() {
        var limits = CatalogMemoryLimits()
        limits.details = 8
        limits.detailBytes = 20_000
        let world = World(limits)
        for product in 1...40 as ClosedRange<Int64> {
            world.ask(.product(ProductID(rawValue: product)))
            world.land(.success(Self.detail(1, product)))
        }
        let (executor, memory) = (world.executor, world.memory)
        #expect(executor.perform { memory.assumeIsolated { $0.count } } <= 8)
        // One that alone fills half of it is not kept, and drives nothing out.
        world.ask(.product(ProductID(rawValue: 99)))
        world.land(.success(Self.detail(1, 99, size: 10_000)))
        let before = world.loads
        world.ask(.product(ProductID(rawValue: 99)))
        #expect(world.loads == before + 1)
        world.ask(.product(ProductID(rawValue: 40)))
        #expect(world.loads == before + 1)
        // A variant of a detail that was driven out concerns nobody.
        world.tell { $0.forget(.sold([VariantID(rawValue: 10)])) }
        world.ask(.product(ProductID(rawValue: 40)))
        #expect(world.loads == before + 1)
    }
}
