// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// Requests that call a provider between two transactions (contract C11).
@Suite(.timeLimit(.minutes(2))) struct ProviderTests {
    private func refund(
        _ shop: SmallShop, again: Bool = false, plan: String = ""
    ) async throws -> TestClient.Answer {
        try await shop.make(
            #""line-1""#, at: again ? shop.other : shop.first, "/refunds/", headers: [(name: "X-Plan", value: plan)])
    }

    /// A process that dies during the call leaves a claim whose lease runs out; here it does so under a request that hangs.
    /// `CrashTests` kill real servers at every step of it.
    @Test func case35_aRetryResumesTheCall() async throws {
        try await SmallShop.with(2) { shop in
            shop.provider.doorstep.shut()
            let dead = Task { try await refund(shop) }
            try await shop.until { shop.provider.doorstep.came == 1 }
            try await shop.pass(.seconds(61))
            shop.provider.doorstep.letThrough()
            let resumed = try await refund(shop, again: true)
            #expect(resumed.status == 201 && !resumed.isReplay)
            #expect(shop.provider.objectCount == 1 && shop.provider.calls == 2)
            // The one that was thought dead comes back and changes nothing.
            shop.provider.doorstep.open()
            let late = try await dead.value
            #expect(late.status == 201 && late.body == resumed.body)
            let again = try await refund(shop, again: true)
            #expect(again.isReplay && again.body == resumed.body)
        }
    }

    /// The one that was thought dead fails in the end: the claim that it gives back is not its own any more.
    @Test func aLateFailureLeavesTheClaimThatTookItsPlace() async throws {
        try await SmallShop.with(2) { shop in
            shop.provider.doorstep.shut()
            shop.provider.loseNextAnswer()
            let dead = Task { try await refund(shop) }
            try await shop.until { shop.provider.doorstep.came == 1 }
            try await shop.pass(.seconds(61))
            let resumed = Task { try await refund(shop, again: true) }
            try await shop.until { shop.provider.doorstep.came == 2 }
            shop.provider.doorstep.letOneIn()
            let late = try await dead.value
            #expect(late.status == 504)
            #expect(try await shop.rows("state = 0") == 1)
            shop.provider.doorstep.open()
            let answer = try await resumed.value
            #expect(answer.status == 201 && !answer.isReplay)
            let again = try await refund(shop)
            #expect(again.isReplay && again.body == answer.body)
        }
    }

    @Test(arguments: [1, 2]) func case36_aTimeOutAfterTheEffectRefundsOnce(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            shop.provider.loseNextAnswer()
            let unknown = try await refund(shop)
            #expect(unknown.status == 504 && unknown.code == "outcome-unknown")
            #expect(try await shop.rows() == 0)
            let retried = try await refund(shop, again: true)
            #expect(retried.status == 201 && !retried.isReplay)
            #expect(shop.provider.objectCount == 1 && shop.provider.calls == 2)
            #expect(shop.provider.keys.allSatisfy { $0.count == 35 && $0.hasPrefix("rf_") })
            let again = try await refund(shop, again: true)
            #expect(again.isReplay && again.body == retried.body && shop.provider.calls == 2)
        }
    }

    /// The claim is committed early: who comes meanwhile waits for the row, in this process or another.
    @Test(arguments: [1, 2]) func aDuplicateWaitsForTheCall(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            shop.provider.doorstep.shut()
            let first = Task { try await refund(shop) }
            try await shop.until { shop.provider.doorstep.came == 1 }
            let second = Task { try await refund(shop, again: true) }
            try await shop.until { try await shop.other.waiting() == 1 }
            shop.provider.doorstep.open()
            let (answer, replay) = (try await first.value, try await second.value)
            #expect(answer.status == 201 && replay.isReplay && replay.body == answer.body)
            #expect(shop.provider.calls == 1)
        }
    }

    @Test(arguments: [1, 2]) func aDuplicateWaitsTenSecondsForTheCall(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            shop.provider.doorstep.shut()
            let first = Task { try await refund(shop) }
            try await shop.until { shop.provider.doorstep.came == 1 }
            let second = Task { try await refund(shop, again: true) }
            try await shop.until { try await shop.other.waiting() == 1 }
            let otherBody = try await shop.make(#""line-2""#, at: shop.other, "/refunds/")
            #expect(otherBody.code == "idempotency-key-reused")
            try await shop.pass(.seconds(10))
            let refused = try await second.value
            #expect(refused.code == "idempotency-in-progress" && refused.header("Retry-After") != nil)
            shop.provider.doorstep.open()
            #expect(try await first.value.status == 201)
        }
    }

    /// What the last phase refuses is kept, what fails there leaves the key free at once, not when the lease has run out.
    @Test(arguments: [1, 2]) func theLastPhaseKeepsNoClaim(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let failed = try await refund(shop, plan: "503")
            #expect(failed.status == 503)
            #expect(try await shop.rows() == 0)
            let throttled = try await refund(shop, again: true, plan: "429")
            #expect(throttled.status == 429)
            #expect(try await shop.rows() == 0)
            #expect(try await shop.database.sql("select number is null from small.refunds;").trimmed == "f")
            let refused = try await refund(shop, plan: "refuse-last")
            #expect(refused.status == 409 && refused.code == "order-not-refundable")
            try await shop.until { try await shop.rows("state = 1") == 1 }
            let again = try await refund(shop, again: true)
            #expect(again.isReplay && again.body == refused.body)
        }
    }
}
