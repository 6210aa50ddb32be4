// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import LocalServices
import TestSupport
import Testing

/// The other side of the money: payers, their banks, and what the provider's own books say.
extension CrashShop {
    /// Plays the payer; returns the provider's payment.
    func pay(_ checkout: Checkout, _ outcome: String) async throws -> String {
        let paid = try await control(
            "POST", "/control/orders/\(checkout.providerOrder)/pay", #"{"outcome":"\#(outcome)"}"#)
        return try #require(try paid.json["razorpay_payment_id"]?.string)
    }

    /// Asks the provider as its merchant, beside our servers.
    func asMerchant(
        _ method: String, _ path: String, _ body: String? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> JSONValue {
        let credentials = "\(sandbox.credentials.keyID):\(sandbox.credentials.keySecret)"
        let authorization = (name: "Authorization", value: "Basic " + Data(credentials.utf8).base64EncodedString())
        let answer = try await provider.send(method, path, body, headers: headers + [authorization])
        try #require(answer.status == 200, "\(method) \(path): \(answer.text)")
        return try answer.json
    }

    /// Returns once the provider has answered a call of ours in its log, whether its answer arrives or not.
    func untilDone(_ call: String) async throws {
        var log = try await ProviderLog(self)
        // Each look waits for the next entry.
        for _ in 0..<600 {
            if log.done[call] != nil { return }
            _ = try await control("GET", "/control/log?since=\(log.last)&wait_ms=1000")
            try await log.readOn(in: self)
        }
        Issue.record("never called: \(call)")
        throw Unseen()
    }

    /// Lets the provider's time pass until something holds, of all that it told us, and it has delivered all its events: it sends
    /// again after 6, 13, 20 … seconds.
    func passTime(until isDone: @Sendable () async throws -> Bool) async throws {
        var log = try await ProviderLog(self)
        var idle = 0
        while idle < 120 {
            let (told, heard) = (log.mail.count, log.acknowledged.count)
            if log.undelivered.isEmpty, try await isDone() {
                // What came while it was looked at may not hold any more.
                try await log.readOn(in: self)
                if log.undelivered.isEmpty, log.mail.count == told { return }
            }
            // A step of the clock is as long as the longest gap of the first hour; each waits for what it set off. While deliveries
            // are taken, none is needed: hundreds of them are more than the clock may run on for.
            if idle > 0 { try await control("POST", "/control/clock", #"{"advance_seconds":60}"#) }
            try await log.readOn(in: self)
            _ = try await control("GET", "/control/log?since=\(log.last)&wait_ms=250")
            try await log.readOn(in: self)
            idle = log.acknowledged.count > heard ? 0 : idle + 1
        }
        Issue.record("what was to come did not; \(log.undelivered.count) events of the provider are not delivered")
        throw Unseen()
    }

    /// Returns once a count in the database is 1.
    func until(_ count: String) async throws {
        // Each look takes a process of psql: all of them together are minutes.
        for _ in 0..<4000 {
            if try await store.rows(count).first?.first == "1" { return }
        }
        Issue.record("never came: \(count)")
        throw Unseen()
    }

    /// Something did not come.
    struct Unseen: Error {}
}
