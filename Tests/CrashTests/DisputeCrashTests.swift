// SPDX-License-Identifier: Apache-2.0
import MarketCore
import TestSupport
import Testing

/// The server dies between every two steps of telling the provider what an admin does about a dispute, and is started again:
/// the provider has taken it in once, and rows, history, audit and ledger say it once.
@Suite(.timeLimit(.minutes(10)), .serialized) struct DisputeCrashTests {
    /// The steps of the call, on top of those that it shares with the start of payments (`phased.…`).
    static let points = CrashPoint.allCases.filter { $0.rawValue.hasPrefix("dispute.") }

    /// Each act dies at each step; of drafts, which are taken in again and again, one.
    private static let rounds: [(act: DisputeBench.Act, point: CrashPoint)] =
        points.map { (.accept, $0) } + points.map { (.submit, $0) } + [(.draft, .disputeCallDone)]

    @Test func aKillAtAnyStepEndsInOneAct() async throws {
        try await CrashShop.with { shop in
            let bench = try await DisputeBench.make(in: shop)
            try await shop.start(crashAt: Self.rounds[0].point.rawValue)
            for (index, (act, point)) in Self.rounds.enumerated() {
                let dispute = try await bench.open()
                let wish = try await bench.wish(act, about: dispute)
                async let asked = bench.admin.send(wish)
                try await shop.killedItself(at: point)
                try await Comparison.checkInvariants(shop)
                try await shop.start(crashAt: Self.plan(after: index))
                let done = try await asked
                #expect(done.answer.status == 200 && done.lost > 0, "\(done.summary)")
                try await bench.check(act, dispute)
            }
            try await bench.checkAll()
        }
    }

    /// The next act dies; before it, who asks again passes each step once, unless the result was committed and is only told again.
    private static func plan(after index: Int) -> String? {
        guard index + 1 < rounds.count else { return nil }
        let passage = rounds[index].point == .disputeResultCommitted ? 1 : 2
        return "\(rounds[index + 1].point.rawValue):\(passage)"
    }

    /// The admin has gone home: the job of the intent goes on with it.
    @Test func whatNobodyAsksForAgainIsDoneAllTheSame() async throws {
        try await CrashShop.with { shop in
            let bench = try await DisputeBench.make(in: shop)
            for (act, point) in [
                (DisputeBench.Act.accept, CrashPoint.disputeIntentCommitted), (.submit, .disputeCallDone),
            ] {
                try await shop.start(crashAt: point.rawValue)
                let dispute = try await bench.open()
                let wish = try await bench.wish(act, about: dispute)
                async let asked: Void = bench.admin.sendInVain(wish)
                try await shop.killedItself(at: point)
                try await asked
                // The job waits for as long as a request may take, which this one will not.
                _ = try await shop.store.sql(
                    "update platform.jobs set run_at = now() where kind = 'payment.dispute_call';")
                try await shop.start()
                try await shop.until(
                    """
                    select count(*) from payments.dispute_calls
                     where dispute_id = \(dispute.id.rawValue) and answered_at is not null;
                    """)
                try await bench.check(act, dispute)
                try await shop.kill()
            }
            try await shop.start()
            try await bench.checkAll()
        }
    }

    /// The call is on its way: the provider does it, and the server is not there any more when it answers.
    @Test func aKillWhileTheProviderWorksEndsInOneAct() async throws {
        try await CrashShop.with { shop in
            let bench = try await DisputeBench.make(in: shop)
            try await shop.start()
            let dispute = try await bench.open()
            let wish = try await bench.wish(.accept, about: dispute)
            try await shop.control(
                "POST", "/control/faults", #"{"answer_delay_ms":20000,"path":"/v1/disputes","method":"POST"}"#)
            async let asked = bench.admin.send(wish)
            try await shop.untilDone("POST /v1/disputes/\(dispute.provider)/accept")
            try await shop.kill()
            try await shop.control("DELETE", "/control/faults")
            try await shop.start()
            let done = try await asked
            #expect(done.answer.status == 200 && done.lost > 0, "\(done.summary)")
            try await bench.checkAll()
        }
    }
}
