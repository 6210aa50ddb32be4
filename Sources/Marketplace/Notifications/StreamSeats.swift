// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization

/// How many streams a process has open at a time, all of them and of one user.
///
/// - Isolation: callable from every loop.
public final class StreamSeats: Sendable {
    /// Why nobody can be seated now.
    enum Refusal: Error {
        /// The process has all the streams it may have.
        case full
        /// The user has.
        case tooManyOfUser
    }

    /// A place, given back with its last reference.
    final class Seat: Sendable {
        private let user: UserID
        private let seats: StreamSeats

        fileprivate init(_ user: UserID, _ seats: StreamSeats) {
            self.user = user
            self.seats = seats
        }

        deinit { seats.giveBack(user) }
    }

    /// A third of the connections that a server takes; each costs its connection and about a kilobyte.
    public static let seatsMax = 4096
    /// A few open windows on a few devices; more is a client that has lost count.
    public static let seatsPerUserMax = 6

    private struct Counts {
        var all = 0
        var ofUser: [UserID: Int] = [:]
    }

    private let counts = Mutex(Counts())
    private let max: Int

    /// Makes empty ones.
    public init(max: Int = StreamSeats.seatsMax) {
        self.max = max
    }

    /// How many are taken.
    var taken: Int { counts.withLock { $0.all } }

    func take(for user: UserID) throws(Refusal) -> Seat {
        let refusal = counts.withLock { counts -> Refusal? in
            guard counts.all < max else { return .full }
            guard counts.ofUser[user, default: 0] < Self.seatsPerUserMax else { return .tooManyOfUser }
            counts.all += 1
            counts.ofUser[user, default: 0] += 1
            return nil
        }
        if let refusal { throw refusal }
        return Seat(user, self)
    }

    private func giveBack(_ user: UserID) {
        counts.withLock { counts in
            counts.all -= 1
            counts.ofUser[user, default: 1] -= 1
            if counts.ofUser[user] == 0 { counts.ofUser[user] = nil }
        }
    }
}
