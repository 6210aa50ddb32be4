// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct ProductStateMachineTests {
    @Test(
        "a review goes",
        arguments: [
            (ProductModeration.draft, ProductModerationEvent.submit, Parties.seller, ProductModeration.pendingReview),
            (.rejected, .submit, .seller, .pendingReview), (.pendingReview, .revise, .seller, .pendingReview),
            (.pendingReview, .approve, .admin, .approved), (.pendingReview, .approve, .system, .approved),
            (.pendingReview, .reject, .admin, .rejected), (.approved, .revise, .seller, .pendingReviewChanges),
            (.pendingReviewChanges, .revise, .seller, .pendingReviewChanges),
            (.pendingReviewChanges, .approve, .admin, .approved), (.pendingReviewChanges, .reject, .admin, .approved),
            (.pendingReviewChanges, .withdraw, .seller, .approved),
        ])
    func review(from: ProductModeration, event: ProductModerationEvent, by: Parties, to: ProductModeration) {
        #expect(ProductModeration.machine.step(from: from, event, by: by) == .moved(to))
    }

    @Test func nobodyJudgesTheirOwnGoods() {
        for state in ProductModeration.allCases {
            for event in [ProductModerationEvent.approve, .reject] {
                guard case .illegal = ProductModeration.machine.step(from: state, event, by: .seller) else {
                    Issue.record("a seller may \(event) from \(state)")
                    continue
                }
            }
        }
        #expect(
            ProductModeration.machine.step(from: .draft, .approve, by: .admin) == .illegal(allowed: [.pendingReview]))
    }

    @Test func whatWasApprovedOnceStaysLive() {
        for transition in ProductModeration.machine.transitions where transition.from.isLive {
            #expect(transition.to.isLive, "\(transition)")
        }
    }

    @Test func onlyAnApprovalPutsAProductOnTheShelf() {
        let machine = ProductListing.machine
        #expect(machine.step(from: .draft, .publish, by: .admin) == .moved(.active))
        #expect(machine.step(from: .draft, .publish, by: .seller) == .illegal(allowed: [.active, .archived]))
        #expect(machine.step(from: .draft, .relist, by: .seller) == .illegal(allowed: [.active, .archived]))
        #expect(machine.step(from: .active, .unlist, by: .seller) == .moved(.unlisted))
        #expect(machine.step(from: .unlisted, .relist, by: .seller) == .moved(.active))
        for state in [ProductListing.draft, .active, .unlisted] {
            #expect(machine.step(from: state, .archive, by: .seller) == .moved(.archived))
        }
        #expect(machine.isTerminal(.archived))
    }
}
