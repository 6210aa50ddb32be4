// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import Media

@Suite struct ImageProcessorTests {
    @Test func aCrowdIsWorkedOffAndTheRestIsTurnedAway() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        var limits = ImageLimits()
        limits.waitingMax = 3
        let file = ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40))
        let outcomes = try await loop.run { [limits] in
            let processor = ImageProcessor(loop: loop, limits: limits)
            return await withTaskGroup(of: String.self) { tasks in
                // All of them ask before the first worker is done: nothing of this loop runs in between.
                for _ in 0..<8 {
                    tasks.addTask {
                        do {
                            return "\(try await processor.process(file).width)"
                        } catch {
                            return (error as? ImageError)?.code ?? "\(error)"
                        }
                    }
                }
                return await tasks.reduce(into: [String]()) { $0.append($1) }
            }
        }
        #expect(outcomes.count { $0 == "60" } >= 5)
        #expect(outcomes.allSatisfy { $0 == "60" || $0 == "overloaded" })
        let after = try await loop.run { [limits] in
            let processor = ImageProcessor(loop: loop, limits: limits)
            for _ in 0..<3 {
                do {
                    _ = try await processor.process(Array(file[..<40]))
                    return "taken"
                } catch ImageError.unreadable {}
            }
            // Refused ones gave their places back.
            return "\(try await processor.process(file).height)"
        }
        #expect(after == "40")
        await group.shutdown()
    }
}
