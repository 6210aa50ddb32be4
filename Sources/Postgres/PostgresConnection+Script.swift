// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
internal import UVRuntime

/// A text of several statements on its way; it needs the simple protocol, which pipeline mode has not.
struct ScriptRun {
    let continuation: LoopContinuation<Void>
    let timer: any ScheduledTimer
    var error: PostgresError?
}

extension PostgresConnection {
    /// Runs a text of many statements (a migration's file) without parameters and without results.
    ///
    /// Outside a transaction block the whole text is one implicit transaction.
    ///
    /// - Throws: the first failing statement's error; `.invalidRequest` while other statements are in flight;
    ///   `.timeout` past `timeout`, which closes the connection.
    public func runScript(_ text: PostgresSQL, timeout: Duration) async throws(PostgresError) {
        do {
            try await withLoopContinuation { (continuation: LoopContinuation<Void>) in
                startScript(text, timeout: timeout, continuation)
            }
        } catch {
            let error = PostgresError.wrap(error)
            PostgresMetrics.count(error)
            throw error
        }
    }

    private func startScript(_ text: PostgresSQL, timeout: Duration, _ continuation: LoopContinuation<Void>) {
        guard isOpen, let handle else {
            continuation.resume(throwing: PostgresError(.closed, outcome: .notExecuted, "the connection is closed"))
            return
        }
        guard steps.isEmpty, script == nil, !needsSync, PQexitPipelineMode(handle) == 1 else {
            continuation.resume(
                throwing: PostgresError(.invalidRequest, outcome: .notExecuted, "a script needs an idle connection"))
            return
        }
        script = ScriptRun(
            continuation: continuation,
            timer: loop.schedule(after: timeout) {
                self.assumeIsolated {
                    $0.lose(PostgresError(.timeout, outcome: .unknown, "the script's deadline passed"))
                }
            })
        if text.withCString({ PQsendQuery(handle, $0) }) == 1 {
            flushOutput()
        } else {
            loseSocket("send")
        }
    }

    /// Reads results until the end of the script, keeping the first error.
    func processScript(_ handle: OpaquePointer) {
        while self.handle != nil, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else {
                endScript(handle)
                return
            }
            let status = PQresultStatus(result)
            if status == PGRES_FATAL_ERROR {
                if script?.error == nil { script?.error = PostgresError(result: result) }
            } else if status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH {
                PQclear(result)
                lose(PostgresError(.connectionLost, outcome: .unknown, "COPY is not supported here"))
                return
            }
            PQclear(result)
        }
    }

    private func endScript(_ handle: OpaquePointer) {
        guard let script else { return }
        if let error = script.error, error.code == .connectionLost || error.server?.isFatal == true {
            lose(error.lost)
            return
        }
        guard PQenterPipelineMode(handle) == 1 else {
            loseSocket("pipeline mode")
            return
        }
        self.script = nil
        script.timer.cancel()
        if let error = script.error {
            script.continuation.resume(throwing: error)
        } else {
            script.continuation.resume()
        }
    }

    /// The connection is gone under a script.
    func failScript(_ error: PostgresError) {
        guard let script else { return }
        self.script = nil
        script.timer.cancel()
        script.continuation.resume(throwing: error)
    }
}
