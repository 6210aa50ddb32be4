// SPDX-License-Identifier: Apache-2.0
import MarketCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct RemoveFromCartTests {
    @Test func takesOutByLineOrByVariant() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2))
            _ = try await shop.add(rug, 1)
            let ids = try shop.lineIDs(try await shop.add(lamp, 1))
            let first = try await shop.post("remove", #"{"line_id":"\#(ids[0])"}"#)
            #expect(try shop.lines(first) == ["\(lamp) × 1"])
            let second = try await shop.post("remove", #"{"variant_id":"\#(lamp)"}"#)
            #expect(try shop.lines(second) == [])
            #expect(try shop.version(second) == 5)
        }
    }

    @Test(
        "what is not there changes nothing",
        arguments: [
            #"{"line_id":"\#(CartLineID(rawValue: 5))"}"#, #"{"variant_id":"\#(VariantID(rawValue: 5))"}"#,
            #"{"line_id":"nonsense"}"#, #"{"variant_id":"nonsense"}"#,
        ])
    func absent(body: String) async throws {
        try await CartsFixture.with { shop in
            _ = try await shop.add(try shop.offer(1), 1)
            let answer = try await shop.post("remove", body)
            #expect(answer.status == 200)
            #expect(try shop.version(answer) == 2)
            #expect(try shop.lines(answer).count == 1)
        }
    }

    @Test(
        "exactly one of both is asked for",
        arguments: ["{}", #"{"line_id":"a","variant_id":"b"}"#, #"{"line_id":""}"#, #"{"line_id":7}"#])
    func refuses(body: String) async throws {
        try await CartsFixture.with { shop in
            let answer = try await shop.post("remove", body)
            #expect(answer.status == 422)
            #expect(answer.code == "validation-failed")
        }
    }

    @Test func oneKeyRemovesOnce() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            let first = try await shop.post("remove", #"{"variant_id":"\#(rug)"}"#, key: "k")
            _ = try await shop.add(rug, 1)
            let again = try await shop.post("remove", #"{"variant_id":"\#(rug)"}"#, key: "k")
            #expect(again.isReplay)
            #expect(again.body == first.body)
            let now = try await shop.get()
            #expect(try shop.lines(now) == ["\(rug) × 1"])
        }
    }

    @Test func expectsTheVersionThatWasSeen() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            let late = try await shop.post("remove", #"{"variant_id":"\#(rug)","expected_version":1}"#)
            #expect(late.status == 412 && late.code == "version-conflict")
            let first = try await shop.post("remove", #"{"variant_id":"\#(rug)","expected_version":2}"#, key: "k")
            #expect(first.status == 200)
            let other = try await shop.post("remove", #"{"variant_id":"\#(rug)","expected_version":3}"#, key: "k")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}
