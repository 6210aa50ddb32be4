// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct RetryJobsTests {
    @Test func aPlannedJobKeepsItsTime() async throws {
        try await OperationsTests.with { desk in
            try await desk.base.script(
                """
                insert into platform.jobs (kind, key, run_at) values ('import.expire', 'later', now() + interval '30 days')
                """)
            let answer = try await desk.retry(#"{"jobs":[{"kind":"import.expire","key":"later"}]}"#)
            #expect(answer.status == 200)
            #expect(try answer.json["retried"]?.elements?.isEmpty == true)
            let waits = try await desk.base.row(
                "select run_at > now() + interval '29 days' from platform.jobs where key = 'later'")
            #expect(waits == "true")
        }
    }

    @Test func sendsJobsBackToWorkOnce() async throws {
        try await OperationsTests.with { desk in
            let body = """
                {"jobs":[{"kind":"mail.send","key":"a"},{"kind":"mail.send","key":"a"},{"kind":"mail.send","key":"c"},\
                {"kind":"payment.late","key":"e"},{"kind":"payment.late","key":"f"},{"kind":"mail.send","key":"x"}]}
                """
            let answer = try await desk.retry(body, key: "retry-1")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json["retried"]?.elements?.compactMap { $0["key"]?.string } == ["a", "c"])
            let again = try await desk.retry(body, key: "retry-1")
            #expect(again.text == answer.text && again.header("Idempotent-Replayed") == "true")
            #expect(
                try await desk.base.row(
                    """
                    select string_agg(key || ' ' || state || ' ' || attempts || ' ' || forgiven || ' ' || (run_at <= now()), ', ' order by key)
                      from platform.jobs where kind = 'mail.send'
                    """) == "a ready 12 12 true, b dead 1 0 true, c ready 3 3 true")
            #expect(
                try await desk.base.row(
                    """
                    select count(*) || ' ' || string_agg(before->>'job' || ' ' || (before->>'state'), ', ' order by id)
                      from platform.audit where action = 'job.retried' and actor_id = 2 and actor_type = 'admin'
                    """) == "2 a dead, c ready")
            for wrong in [#"{"jobs":[]}"#, #"{"jobs":[{"kind":"mail.send"}]}"#, "{}"] {
                let answer = try await desk.retry(wrong)
                #expect(answer.status == 422 && answer.code == "validation-failed")
            }
        }
    }
}
