// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

/// Few searches run at once, some wait, and those beyond are told to come back.
@Suite(.timeLimit(.minutes(2))) struct CatalogSeatsTests {
    private struct Failure: Error {}

    /// Seats, and bodies that end when told to.
    private final class World: Sendable {
        let executor = ManualExecutor()
        let seats: CatalogSeats
        private let sitting = Mutex<[LoopContinuation<Void>]>([])
        private let ended = Mutex<[String]>([])

        init() { seats = CatalogSeats(executor: executor) }

        var sittingCount: Int { sitting.withLock { $0.count } }
        var outcomes: [String] { ended.withLock { $0 } }

        func come() {
            executor.perform {
                _ = Task {
                    var outcome = "done"
                    do {
                        try await seats.seated {
                            try await withLoopContinuation { continuation in
                                sitting.withLock { $0.append(continuation) }
                            }
                        }
                    } catch {
                        outcome = "\(error)"
                    }
                    let text = outcome
                    ended.withLock { $0.append(text) }
                }
            }
            executor.run()
        }

        func end(_ result: Result<Void, any Error> = .success(())) {
            let continuation = sitting.withLock { $0.removeFirst() }
            executor.perform { continuation.resume(with: result) }
            executor.run()
        }
    }

    @Test func whoFindsNoRoomIsToldSoAndSeatsAreGivenOn() {
        let world = World()
        for _ in 0..<CatalogSeats.count + CatalogSeats.waitingMax { world.come() }
        #expect(world.sittingCount == CatalogSeats.count && world.outcomes == [])
        world.come()
        #expect(world.outcomes == ["overloaded"])
        world.end(.failure(Failure()))
        #expect(world.sittingCount == CatalogSeats.count, "a failure leaves its seat too")
        world.come()
        for _ in 0..<CatalogSeats.count + CatalogSeats.waitingMax { world.end() }
        #expect(world.sittingCount == 0)
        #expect(world.outcomes.filter { $0 == "done" }.count == CatalogSeats.count + CatalogSeats.waitingMax)
        world.come()
        #expect(world.sittingCount == 1, "nothing holds a seat any more")
        world.end()
    }

    @Test func whatTakesTooLongIsStoppedAndOverloaded() async throws {
        try await CatalogFixture.with(searchTimeout: .milliseconds(100)) { shop in
            // Whoever reads the documents, or the products, waits for this one.
            try await shop.loop.run {
                try await shop.pool.withTransaction { transaction in
                    try await transaction.execute("lock table catalog.products in access exclusive mode")
                    for target in ["/api/products/search/?q=product", "/api/products/filter/?brand=x"] {
                        let answer = await shop.ask(target)
                        #expect(answer.status == 503 && answer.code == "overloaded", "\(answer.text)")
                        #expect(answer.header("Retry-After") == "1")
                    }
                }
            }
            let answer = try await shop.get("/api/products/filter/?brand=x")
            #expect(answer.status == 200)
        }
    }
}
