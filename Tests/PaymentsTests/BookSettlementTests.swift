// SPDX-License-Identifier: Apache-2.0
import MarketHTTP
import Testing

@testable import Payments

/// Money on its way to the bank is booked as soon as the provider says so.
@Suite(.timeLimit(.minutes(2)))
struct BookSettlementTests {
    /// An event as the provider's documentation has it, of a settlement.
    private static func event(_ settlement: String) -> String {
        #"{"entity":"event","account_id":"acc_1","event":"settlement.processed","contains":["settlement"],"payload":{"settlement":{"entity":{"id":"\#(settlement)","entity":"settlement","amount":1952,"status":"processed","fees":0,"tax":0,"utr":"SBXN1","created_at":153000}}},"created_at":153000}"#
    }

    private static let booked = """
        select string_agg(l.account || ' ' || l.debit_minor - l.credit_minor, ', ' order by l.line_no)
          from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.kind = 'psp_settled';
        """
    private static let jobs = "select string_agg(key || ' ' || state, ', ') from platform.jobs;"

    @Test func itIsBookedOnceByItsLines() async throws {
        try await PaymentsFixture.with { shop in
            shop.provider.add(settlement: "setl_1", amount: 1952)
            for event in ["evt_1", "evt_1", "evt_2"] {
                let answer = try await shop.deliver(Self.event("setl_1"), event: event)
                #expect(answer.status == 200)
            }
            #expect(try await shop.sql("select string_agg(state, ' ') from payments.events;") == "processed processed")
            // The report does not have it yet.
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.sql(Self.booked) == "")
            #expect(try await shop.sql(Self.jobs) == "setl_1 ready")
            shop.provider.add(line: "pay_1", "payment", of: "setl_1", credit: 1952, fee: 48, tax: 7)
            _ = try await shop.sql("update platform.jobs set run_at = now();")
            #expect(await shop.jobs.run() == 1)
            #expect(
                try await shop.sql(Self.booked) == "bank 1952, psp_fees 41, gst_input 7, psp_clearing -2000")
            #expect(try await shop.sql(Self.jobs) == "setl_1 done")
            _ = try await shop.sql("update platform.jobs set state = 'ready', run_at = now();")
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.sql("select count(*) from ledger.entries;") == "1")
        }
    }

    @Test func whatIsOfALinkedAccountIsNotOurs() async throws {
        try await PaymentsFixture.with { shop in
            // The provider does not know it under our name.
            let answer = try await shop.deliver(Self.event("setl_9"))
            #expect(answer.status == 200)
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.sql(Self.jobs) == "setl_9 done")
            #expect(try await shop.sql("select count(*) from ledger.entries;") == "0")
        }
    }

    @Test func oneWithoutAnIDIsKeptAndOwesNothing() async throws {
        try await PaymentsFixture.with { shop in
            let answer = try await shop.deliver(#"{"event":"settlement.processed","payload":{}}"#)
            #expect(answer.status == 200)
            #expect(try await shop.sql("select state from payments.events;") == "ignored")
            #expect(try await shop.sql("select count(*) from platform.jobs;") == "0")
        }
    }
}
