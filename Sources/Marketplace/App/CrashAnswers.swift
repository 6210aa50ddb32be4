// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import UVRuntime

/// The crash points behind the handlers, which only the HTTP server passes: an answer was written, an answer was sent.
enum CrashAnswers {
    /// By the route's name.
    private static let points: [String: (written: CrashPoint, sent: CrashPoint)] = [
        "orders.create": (.orderAnswerWritten, .orderAnswerSent),
        "cart.add": (.cartAnswerWritten, .cartAnswerSent),
        "cart.update": (.cartAnswerWritten, .cartAnswerSent),
        "payments.initiate": (.initiateAnswerWritten, .initiateAnswerSent),
        "payments.webhook": (.webhookAnswerWritten, .webhookAnswerSent),
    ]

    /// Told by the server about every answer, when it is in the connection's buffer and nothing of it has left.
    ///
    /// Only acknowledgements count: they are what a crash could make a lie.
    @Sendable
    static func reached(_ record: AccessRecord) {
        guard (200...299).contains(record.status), let points = points[record.route] else { return }
        CrashPoint.reach(points.written)
        CrashPoint.reach(points.sent, EventLoop.afterFlush)
    }
}
