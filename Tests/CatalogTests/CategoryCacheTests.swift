// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Synchronization
import Testing
import UVRuntime

@testable import Catalog

/// The tree in memory alone, on an executor and a clock that move only when told to.
@Suite struct CategoryCacheTests {
    /// A memory with its tree, look-ups that land when told to, and the numbers of products that were given.
    private final class World: Sendable {
        let executor = ManualExecutor()
        let memory: CatalogMemory
        private let cache = Mutex<CategoryCache?>(nil)
        private let waiting = Mutex<[LoopContinuation<[CategoryRow]>]>([])
        private let given = Mutex<[String]>([])
        private let begun = Mutex(0)

        /// Look-ups that have begun.
        var loads: Int { begun.withLock { $0 } }
        /// What was given, as entity tags.
        var answers: [String] { given.withLock { $0 } }

        init() {
            memory = CatalogMemory(executor: executor, clock: executor)
            tell { $0.trust() }
            let made = executor.perform {
                memory.categories(clock: executor) { [unowned self] in
                    self.begun.withLock { $0 += 1 }
                    return try await withLoopContinuation { continuation in
                        self.waiting.withLock { $0.append(continuation) }
                    }
                }
            }
            cache.withLock { $0 = made }
        }

        func tell(_ body: @escaping @Sendable (isolated CatalogMemory) -> Void) {
            let memory = memory
            executor.perform { _ = Task { await Self.apply(memory, body) } }
            executor.run()
        }

        private static func apply(
            _ memory: isolated CatalogMemory, _ body: (isolated CatalogMemory) -> Void
        ) async { body(memory) }

        func ask(isCounted: Bool = true) {
            guard let cache = cache.withLock({ $0 }) else { return }
            executor.perform {
                _ = Task {
                    let tree = try? await cache.tree(isCounted: isCounted)
                    given.withLock { $0.append(tree.map { CategoryCacheTests.tag($0) } ?? "failed") }
                }
            }
            executor.run()
        }

        /// Lets the look-up that has waited longest, or the newest, end with so many products.
        func land(_ products: Int, isNewest: Bool = false) {
            let continuation = waiting.withLock { isNewest ? $0.removeLast() : $0.removeFirst() }
            executor.perform { continuation.resume(with: .success(CategoryCacheTests.rows(products))) }
            executor.run()
        }
    }

    private static func rows(_ products: Int) -> [CategoryRow] {
        [
            CategoryRow(
                id: CategoryID(rawValue: 1), parent: nil, slug: "a", name: "A", imageURL: nil, position: 0,
                taxClass: "standard", path: ["a"], products: products)
        ]
    }

    private static func tag(_ tree: CategoryTree) -> String { tree.answer(CategoryTree.View()).tag.value }
    private static func tag(_ products: Int) -> String { tag(CategoryTree(rows(products))) }

    private static let product = [ProductID(rawValue: 7)]

    @Test func newsOfAProductCountAnewWithinAMoment() {
        let world = World()
        world.ask()
        world.land(3)
        world.executor.advance(by: .seconds(1))
        world.ask()
        #expect(world.loads == 1)
        world.tell { $0.forget(.products(Self.product)) }
        world.ask()
        #expect(world.loads == 2 && world.answers.count == 2, "it waits")
        world.land(4)
        #expect(world.answers == [Self.tag(3), Self.tag(3), Self.tag(4)])
        world.executor.advance(by: .seconds(1))
        world.ask()
        #expect(world.loads == 2)
    }

    @Test func aRatingMovesNoProductBetweenCategories() {
        let world = World()
        world.ask()
        world.land(3)
        world.executor.advance(by: .seconds(1))
        world.tell { $0.forget(.ratings(Self.product)) }
        world.tell { $0.forget(.ratings(nil)) }
        world.ask()
        #expect(world.loads == 1 && world.answers == [Self.tag(3), Self.tag(3)])
    }

    /// However often products change: the tree is as old as 50 ms, and is read twenty times a second.
    @Test func manyNewsMakeItReadOnceInAWhile() {
        let world = World()
        world.ask()
        world.land(0)
        for millisecond in 1...200 {
            world.executor.advance(by: .milliseconds(1))
            world.tell { $0.forget(.products(Self.product)) }
            let before = world.loads
            world.ask()
            if world.loads > before { world.land(millisecond) }
        }
        #expect(world.loads == 5)
        #expect(world.answers.last == Self.tag(200))
    }

    @Test func aReloadThatBeganBeforeTheNewsIsJoinedForAMomentOnly() {
        let world = World()
        world.ask()
        world.tell { $0.forget(.products(Self.product)) }
        world.ask()
        #expect(world.loads == 1, "it began just now")
        world.executor.advance(by: .milliseconds(60))
        world.ask()
        #expect(world.loads == 2)
        world.land(1)
        #expect(world.answers == [Self.tag(1), Self.tag(1)])
        world.land(2)
        #expect(world.answers.last == Self.tag(2))
        world.ask()
        #expect(world.loads == 2 && world.answers.last == Self.tag(2))
    }

    @Test func anOlderReloadThatEndsLaterIsNotKept() {
        let world = World()
        world.ask()
        world.executor.advance(by: .milliseconds(60))
        world.tell { $0.forget(.products(Self.product)) }
        world.ask()
        world.land(2, isNewest: true)
        world.land(1)
        world.ask()
        #expect(world.loads == 2 && world.answers == [Self.tag(2), Self.tag(1), Self.tag(2)])
    }

    @Test func whatBeganBeforeEverythingWasForgottenIsNotKept() {
        let world = World()
        world.ask()
        world.executor.advance(by: .milliseconds(60))
        world.tell { $0.forget(.products(Self.product)) }
        world.ask()
        world.tell { $0.forget(.products(nil)) }
        world.land(1)
        world.land(2)
        world.ask()
        #expect(world.loads == 3)
    }

    @Test func whoAsksWhatIsBelowWhatDoesNotWaitForCounts() {
        let world = World()
        world.ask()
        world.land(3)
        world.executor.advance(by: .seconds(1))
        world.tell { $0.forget(.products(Self.product)) }
        world.ask(isCounted: false)
        #expect(world.loads == 1 && world.answers.count == 2)
    }
}
