// SPDX-License-Identifier: Apache-2.0
import HTTP
import UVRuntime

/// A caller of the log and the timer that ends its waiting.
struct LogWaiter {
    let number: Int
    let continuation: LoopContinuation<Void>
    let timer: any ScheduledTimer
}

extension PaymentProvider {
    func record(_ entry: CallLog.Entry) {
        log.append(entry)
        wakeLogWaiters()
    }

    /// What came after `number`; when there is nothing yet, waits for it as long as `wait`, by the world's clock.
    func readLog(since number: Int64, wait: Duration) async throws -> HTTPResponse {
        if log.last <= number, wait > .zero { try await waitForEntry(after: number, wait) }
        var json = JSONWriter(capacity: 4096)
        log.write(since: number, to: &json)
        return HTTPResponse(json: json.bytes)
    }

    private func waitForEntry(after number: Int64, _ wait: Duration) async throws {
        try await withLoopContinuation { continuation in
            guard log.last <= number, logWaiters.count < configuration.limits.logWaiters, !clock.isStopped else {
                return continuation.resume()
            }
            let place = (logWaiters.last?.number ?? 0) + 1
            let timer = loop.schedule(after: wait) { [weak self] in
                self?.assumeIsolated { $0.endLogWait(place) }
            }
            logWaiters.append(LogWaiter(number: place, continuation: continuation, timer: timer))
        }
    }

    private func endLogWait(_ number: Int) {
        guard let index = logWaiters.firstIndex(where: { $0.number == number }) else { return }
        logWaiters.remove(at: index).continuation.resume()
    }

    func wakeLogWaiters() {
        let waiters = logWaiters
        logWaiters = []
        for waiter in waiters {
            waiter.timer.cancel()
            waiter.continuation.resume()
        }
    }
}
