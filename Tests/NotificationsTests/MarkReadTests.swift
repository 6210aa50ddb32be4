// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Synchronization
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct MarkReadTests {
    @Test func marksOnceAndCounts() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(3)
            let ids = try await shop.ids()
            let body = #"{"ids":["\#(ids[0])","\#(ids[1])","\#(ids[0])","ntf_x","\#(NotificationID(rawValue: 5))"]}"#
            let first = try await shop.post("mark-read", body)
            #expect(first.status == 200 && first.text == #"{"updated":2,"unread_count":1}"#, "\(first.text)")
            let again = try await shop.post("mark-read", body)
            #expect(again.text == #"{"updated":0,"unread_count":1}"#)
            let none = try await shop.post("mark-read", #"{"ids":[]}"#)
            #expect(none.text == #"{"updated":0,"unread_count":1}"#)
            #expect(try await shop.unread() == 1)
            #expect(try await shop.broken() == 0)
            #expect(shop.heard.changes.withLock { $0.last } == .notifications([UserID(rawValue: 1)]))
        }
    }

    @Test func othersStay() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(1)
            let ids = try await shop.ids()
            let answer = try await shop.post("mark-read", #"{"ids":["\#(ids[0])"]}"#, token: shop.binu)
            #expect(answer.text == #"{"updated":0,"unread_count":0}"#)
            #expect(try await shop.unread() == 1)
        }
    }

    @Test func aRepeatedKeyIsReplayed() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(1)
            let ids = try await shop.ids()
            let body = #"{"ids":["\#(ids[0])"]}"#
            let first = try await shop.post("mark-read", body, key: "mark-1")
            let again = try await shop.post("mark-read", body, key: "mark-1")
            #expect(first.text == #"{"updated":1,"unread_count":0}"# && again.text == first.text)
            #expect(again.header("Idempotent-Replayed") == "true")
            let other = try await shop.post("mark-read", #"{"ids":[]}"#, key: "mark-1")
            #expect(other.status == 409 && other.code == "idempotency-key-reused")
        }
    }

    @Test func refusesWhatIsNoList() async throws {
        try await NoticesFixture.with { shop in
            let many = (0..<101).map { #""\#($0)""# }.joined(separator: ",")
            for body in ["{}", #"{"ids":"x"}"#, #"{"ids":[1]}"#, "{\"ids\":[\(many)]}"] {
                let answer = try await shop.post("mark-read", body)
                #expect(answer.status == 422 && answer.code == "validation-failed")
            }
            let stranger = try await shop.base.send("POST", "/api/notifications/mark-read/", #"{"ids":[]}"#)
            #expect(stranger.status == 401)
        }
    }
}
