// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto
public import UVRuntime

/// Computes password hashes on worker threads, a few at a time.
///
/// Each takes tens of milliseconds of a core and megabytes of memory, and whoever wants can ask for one: so few run at once,
/// few wait, and the others are refused.
///
/// - Isolation: callable from any loop; waits on its own.
public struct PasswordHasher: Sendable {
    /// Hashes that run at once: half of libuv's four worker threads, so that files and names are still served.
    static let concurrency = 2
    /// Hashes that may wait: at 20 ms each and two at a time the last one waits 0.64 s.
    static let waitingMax = 64

    private enum Job: Sendable {
        case make(String)
        case verify(String, against: String)
    }

    private enum Answer: Sendable {
        case made(String)
        case verified(Bool)
    }

    /// What a new hash costs.
    let cost: PasswordCost
    private let mailbox: BatchingMailbox<Job, Answer>
    /// The hash of a password that nobody has: verifying against it takes as long as against a real one.
    private let decoy: String

    /// Makes a hasher on a loop.
    ///
    /// - Throws: `PasswordHashError` when the memory cannot be had.
    /// - Cost: one hash, computed at once.
    public init(loop: EventLoop, cost: PasswordCost = .standard, random: RandomSource = .secure) throws {
        self.cost = cost
        decoy = try PasswordHash.make(random.token(), cost: cost)
        mailbox = BatchingMailbox(
            executor: loop, limits: .init(capacity: Self.waitingMax, batch: 1, inFlight: Self.concurrency)
        ) { jobs in
            var answers: [Result<Answer, any Error>] = []
            for job in jobs { answers.append(await Self.run(job, cost, loop)) }
            return answers
        }
    }

    /// The text to store for a password.
    ///
    /// - Throws: `MailboxError.overloaded` when too many wait; `PasswordHashError`.
    func make(_ password: String) async throws -> String {
        guard case .made(let text) = try await mailbox.send(.make(password)) else {
            preconditionFailure("a job to make a hash gives a hash")
        }
        return text
    }

    /// Whether the password made the stored text; without one, false after the same time.
    ///
    /// - Throws: `MailboxError.overloaded` when too many wait.
    func verify(_ password: String, against stored: String?) async throws -> Bool {
        let isRight = try await mailbox.send(.verify(password, against: stored ?? decoy))
        guard case .verified(true) = isRight else { return false }
        return stored != nil
    }

    private static func run(_ job: Job, _ cost: PasswordCost, _ loop: EventLoop) async -> Result<Answer, any Error> {
        do {
            return .success(
                try await loop.offload {
                    switch job {
                    case .make(let password): .made(try PasswordHash.make(password, cost: cost))
                    case .verify(let password, let stored): .verified(PasswordHash.verify(password, against: stored))
                    }
                })
        } catch {
            return .failure(error)
        }
    }
}
