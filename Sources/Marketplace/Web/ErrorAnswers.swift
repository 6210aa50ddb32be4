// SPDX-License-Identifier: Apache-2.0
internal import Actors
public import HTTP
internal import Logging
internal import Postgres
internal import UVRuntime

/// Turns the refusals of mailboxes and journals into answers that tell the client what to do.
public enum ErrorAnswers {
    /// The outermost middleware of the shop's routes.
    public static let middleware: Middleware = { _, next in
        { request in
            do {
                return try await next(request)
            } catch let error as Problem {
                throw error
            } catch {
                throw problem(for: error) ?? error
            }
        }
    }

    /// The problem that an error of the lower layers stands for; nil for a mistake of ours, which is a bare 500.
    public static func problem(for error: any Error) -> Problem? {
        switch error {
        case MailboxError.overloaded, RuntimeError.offloadsExhausted:
            return Problem(.overloaded, detail: "Nothing was done.", headers: [.retryAfter(seconds: 1)])
        case MailboxError.closed:
            return Problem(.dependencyUnavailable, detail: "The server is ending.", headers: [.retryAfter(seconds: 1)])
        case let error as JournalError:
            return problem(for: error)
        case let error as PostgresError:
            return problem(for: JournalError(error))
        default:
            return nil
        }
    }

    private static func problem(for error: JournalError) -> Problem? {
        switch error {
        case .unavailable, .conflict, .stuck, .short:
            Problem(.dependencyUnavailable, detail: "Nothing was done.", headers: [.retryAfter(seconds: 1)])
        case .unknownOutcome:
            Problem(
                .outcomeUnknown, detail: "The outcome is not known yet; ask again with the same Idempotency-Key.",
                headers: [.retryAfter(seconds: 1)])
        case .data, .fault:
            nil
        }
    }
}
