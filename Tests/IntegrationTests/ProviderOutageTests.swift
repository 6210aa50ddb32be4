// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// A provider that takes connections and says nothing: each call takes its whole time.
@Suite(.timeLimit(.minutes(3))) struct ProviderOutageTests {
    /// A port that the system accepts connections on for us, and where nobody reads.
    private static func silentPort() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && listen(descriptor, 128) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        try #require(isBound)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static let owed = """
        insert into platform.jobs (kind, key, payload, run_at)
        select 'refund.check', 'rfnd_' || n || ':9',
               jsonb_build_object('provider_refund_id', 'rfnd_' || n, 'provider_payment_id', 'pay_' || n, 'number', 9), now() - interval '1 hour'
          from generate_series(1, 16) n;
        """

    @Test func whatNeedsNoProviderDoesNotWaitForIt() async throws {
        let (descriptor, port) = try Self.silentPort()
        defer { close(descriptor) }
        try await LiveShop.with(environment: ["RAZORPAY_BASE_URL": "http://127.0.0.1:\(port)"]) { shop in
            _ = try await shop.database.sql(Self.owed)
            while try await shop.database.text(
                "select count(*) from platform.jobs where kind = 'refund.check' and attempts > 0;") == "0"
            {}
            // Of an order that is none: it is dead as soon as anybody has looked at it.
            _ = try await shop.database.sql(
                "insert into platform.jobs (kind, key) values ('refund.owe', 'nothing') on conflict do nothing;")
            while try await shop.database.text("select state from platform.jobs where kind = 'refund.owe';") != "dead" {
            }
            let untried = try await shop.database.text(
                "select count(*) > 0 from platform.jobs where kind = 'refund.check' and attempts = 0;")
            #expect(untried == "t", "calls that take their whole time are made one after another, and elsewhere")
        }
    }
}
