// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct AcknowledgeJobsTests {
    private static let path = "/api/admin/ops/jobs/acknowledge/"

    /// Five jobs that a person has to look at, all of them old.
    private static let alerts = """
        insert into platform.jobs (kind, key, run_at) values
          ('payment.event_conflict', 'razorpay:evt_1', now() - interval '1 day'),
          ('payment.event_unmatched', 'razorpay:evt_2', now() - interval '1 day'),
          ('refund.review', 'razorpay:rfnd_3', now() - interval '1 day'),
          ('refund.review', 'razorpay:rfnd_4', now() - interval '1 day'),
          ('payment.review', 'razorpay:pay_5', now() - interval '1 day')
        """
    private static let body = """
        {"jobs":[{"kind":"payment.event_conflict","key":"razorpay:evt_1"},{"kind":"refund.review","key":"razorpay:rfnd_3"},\
        {"kind":"refund.review","key":"razorpay:rfnd_3"},{"kind":"payment.review","key":"razorpay:pay_5"},\
        {"kind":"payment.late","key":"d"},{"kind":"refund.review","key":"unknown"}],"note":"Looked at."}
        """

    @Test func endsWhatAPersonHasLookedAt() async throws {
        try await OperationsTests.with { desk in
            try await desk.base.script(Self.alerts)
            let answer = try await desk.base.send("POST", Self.path, Self.body, token: desk.writer, key: "seen-by-me")
            #expect(answer.status == 200, "\(answer.text)")
            let done = try answer.json["acknowledged"]?.elements?.compactMap { $0["key"]?.string }
            #expect(done == ["razorpay:evt_1", "razorpay:rfnd_3"])
            let again = try await desk.base.send("POST", Self.path, Self.body, token: desk.writer, key: "seen-by-me")
            #expect(again.isReplay && again.body == answer.body)
            let states = try await desk.base.row(
                """
                select string_agg(key || ' ' || state, ', ' order by key) from platform.jobs where kind <> 'mail.send' and key like 'razorpay%'
                """)
            #expect(
                states
                    == "razorpay:evt_1 done, razorpay:evt_2 ready, razorpay:pay_5 ready, razorpay:rfnd_3 done, razorpay:rfnd_4 ready"
            )
            let audit = try await desk.base.row(
                """
                select string_agg(before->>'job' || ' ' || (after->>'state') || ' ' || reason, ', ' order by id)
                  from platform.audit where action = 'job.acknowledged' and actor_id = 2
                """)
            #expect(audit == "razorpay:evt_1 done Looked at., razorpay:rfnd_3 done Looked at.")
        }
    }

    @Test func alertsAreListedAndAreNotLate() async throws {
        try await OperationsTests.with { desk in
            try await desk.base.script(Self.alerts)
            let late = try await desk.jobs("?state=late")
            #expect(try late.json["data"]?.elements?.compactMap { $0["key"]?.string } == ["d"])
            let kinds = try #require(try late.json["kinds"]?.elements)
            let behind = kinds.filter { ($0["late_seconds"]?.int ?? 0) > 0 }.compactMap { $0["kind"]?.string }
            #expect(behind == ["payment.late"])
            let alerts = try await desk.jobs("?state=alert")
            #expect(
                try alerts.json["data"]?.elements?.compactMap { $0["key"]?.string } == [
                    "razorpay:evt_1", "razorpay:evt_2", "razorpay:pay_5", "razorpay:rfnd_3", "razorpay:rfnd_4",
                ])
        }
    }

    @Test func needsANoteAndTheRight() async throws {
        try await OperationsTests.with { desk in
            for wrong in [
                #"{"jobs":[],"note":"x"}"#, #"{"jobs":[{"kind":"refund.review","key":"a"}]}"#, "{}",
                #"{"jobs":[{"kind":"refund.review"}],"note":"x"}"#,
            ] {
                let answer = try await desk.base.send("POST", Self.path, wrong, token: desk.writer)
                #expect(answer.status == 422 && answer.code == "validation-failed")
            }
            let stranger = try await desk.base.send("POST", Self.path, Self.body)
            #expect(stranger.status == 401)
            for token in [desk.reader, desk.customer] {
                let answer = try await desk.base.send("POST", Self.path, Self.body, token: token)
                #expect(answer.status == 403)
            }
        }
    }
}
