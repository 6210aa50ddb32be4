// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct DeleteCategoryTests {
    @Test func deletesWhatIsEmpty() async throws {
        try await CategoryFixture.with { shop in
            for number in [Int64(1), 4] {
                let full = try await shop.post("delete", #"{"id":"\#(CategoryFixture.id(number))"}"#)
                #expect(full.status == 409 && full.code == "illegal-transition")
            }
            let stale = try await shop.post("delete", #"{"id":"\#(CategoryFixture.id(5))","expected_version":9}"#)
            #expect(stale.code == "version-conflict")
            let gone = try await shop.post("delete", #"{"id":"\#(CategoryFixture.id(5))"}"#, key: "cat-delete")
            #expect(gone.status == 204)
            let replayed = try await shop.post("delete", #"{"id":"\#(CategoryFixture.id(5))"}"#, key: "cat-delete")
            #expect(replayed.status == 204 && replayed.isReplay)
            let again = try await shop.post("delete", #"{"id":"\#(CategoryFixture.id(5))"}"#)
            #expect(again.code == "not-found")
            #expect(try await shop.tree() == "1 a, 2 a/b, 3 a/b/c, 4 a/d")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await CategoryFixture.with { shop in try await shop.refusesOthers("delete") }
    }

    @Test func oneKeyDeletesOnce() async throws {
        try await CategoryFixture.with { shop in
            try await shop.replays(
                "delete", #"{"id":"\#(CategoryFixture.id(5))"}"#, #"{"id":"\#(CategoryFixture.id(4))"}"#)
        }
    }
}
