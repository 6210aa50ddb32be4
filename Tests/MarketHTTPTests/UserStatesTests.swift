// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Synchronization
import Testing
import UVRuntime

@Suite struct UserStatesTests {
    /// Answers look-ups from memory and counts them.
    private final class Source: Sendable {
        let states = Mutex<[UserSession: UserState]>([:])
        let lookups = Mutex<[[UserSession]]>([])

        func set(_ session: UserSession, _ state: UserState?) {
            states.withLock { $0[session] = state }
        }

        @Sendable func load(_ sessions: [UserSession]) async throws -> [UserSession: UserState] {
            lookups.withLock { $0.append(sessions) }
            return states.withLock { states in states.filter { sessions.contains($0.key) } }
        }
    }

    private struct Down: Error {}

    private let active = UserState(roles: .customer, permissions: [], status: .active, isSessionOpen: true)
    private let blocked = UserState(roles: .customer, permissions: [], status: .blocked, isSessionOpen: true)
    private let session = UserSession(user: UserID(rawValue: 1), session: SessionID(rawValue: 2))
    private let clock = ManualClock()

    private func withLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        do {
            try await loop.run { try await body(loop) }
        } catch {
            await group.shutdown()
            throw error
        }
        await group.shutdown()
    }

    /// A memory over a source that knows the session as active.
    private func withStates(_ body: @escaping @Sendable (UserStates, Source) async throws -> Void) async throws {
        let (active, session, clock) = (active, session, clock)
        try await withLoop { loop in
            let source = Source()
            source.set(session, active)
            try await body(UserStates(loop: loop, clock: clock, load: source.load), source)
        }
    }

    @Test func remembersForASecond() async throws {
        let (active, blocked, session, clock) = (active, blocked, session, clock)
        try await withStates { states, source in
            let state1 = try await states.state(of: session)
            #expect(state1 == active)
            source.set(session, blocked)
            clock.advance(by: .milliseconds(999))
            let state2 = try await states.state(of: session)
            #expect(state2 == active)
            clock.advance(by: .milliseconds(1))
            let state3 = try await states.state(of: session)
            #expect(state3 == blocked)
            #expect(source.lookups.withLock(\.count) == 2)
        }
    }

    /// While everything is told, a look-up is believed for a minute; its state is as old as what was heard.
    @Test func remembersWhileChangesAreHeard() async throws {
        let (session, clock) = (session, clock)
        try await withStates { states, source in
            _ = try await states.state(of: session)
            for _ in 0..<59 {
                clock.advance(by: .seconds(1))
                states.heard(.milliseconds(500))
                _ = try await states.state(of: session)
            }
            #expect(source.lookups.withLock(\.count) == 1)
            clock.advance(by: .milliseconds(499))
            _ = try await states.state(of: session)
            #expect(source.lookups.withLock(\.count) == 1)
            clock.advance(by: .milliseconds(1))
            _ = try await states.state(of: session)
            #expect(source.lookups.withLock(\.count) == 2, "what was heard is a second old")
            for _ in 0..<60 {
                clock.advance(by: .seconds(1))
                states.heard(.zero)
                _ = try await states.state(of: session)
            }
            #expect(source.lookups.withLock(\.count) == 3, "after a minute, whatever is heard")
        }
    }

    @Test func hearsNothingBetweenALossAndTheNextNews() async throws {
        let (session, clock) = (session, clock)
        try await withStates { states, source in
            states.heard(.milliseconds(-5000))
            states.forgetAll()
            _ = try await states.state(of: session)
            clock.advance(by: .seconds(1))
            _ = try await states.state(of: session)
            #expect(source.lookups.withLock(\.count) == 2)
        }
    }

    @Test func knowsTheSessionsOfAUserApart() async throws {
        let (active, clock) = (active, clock)
        let closed = UserState(roles: .customer, permissions: [], status: .active, isSessionOpen: false)
        try await withLoop { loop in
            let source = Source()
            let user = UserID(rawValue: 1)
            let sessions = (1...20).map { UserSession(user: user, session: SessionID(rawValue: $0)) }
            for (number, session) in sessions.enumerated() {
                source.set(session, number.isMultiple(of: 2) ? active : closed)
            }
            let states = UserStates(loop: loop, clock: clock, load: source.load)
            for _ in 0..<2 {
                for (number, session) in sessions.enumerated() {
                    #expect(try await states.state(of: session) == (number.isMultiple(of: 2) ? active : closed))
                }
            }
            // The first of all is kept, of the others the newest seven.
            #expect(source.lookups.withLock(\.count) == 39)
            for session in [sessions[0], sessions[19]] {
                let before = source.lookups.withLock(\.count)
                _ = try await states.state(of: session)
                #expect(source.lookups.withLock(\.count) == before)
                states.forget(session)
                _ = try await states.state(of: session)
                #expect(source.lookups.withLock(\.count) == before + 1)
            }
            let before = source.lookups.withLock(\.count)
            states.forget(user)
            for session in [sessions[0], sessions[19]] { _ = try await states.state(of: session) }
            #expect(source.lookups.withLock(\.count) == before + 2)
        }
    }

    @Test func looksUpAgainWhenTheClockWasSetBack() async throws {
        let (session, clock) = (session, clock)
        try await withStates { states, source in
            _ = try await states.state(of: session)
            clock.advance(by: .seconds(-10))
            _ = try await states.state(of: session)
            #expect(source.lookups.withLock(\.count) == 2)
        }
    }

    @Test func forgetsOnDemand() async throws {
        let session = session
        try await withStates { states, source in
            _ = try await states.state(of: session)
            states.forget(UserID(rawValue: 99))
            _ = try await states.state(of: session)
            #expect(source.lookups.withLock(\.count) == 1)
            states.forget(session.user)
            _ = try await states.state(of: session)
            states.forgetAll()
            _ = try await states.state(of: session)
            states.forget(session)
            _ = try await states.state(of: session)
            #expect(source.lookups.withLock(\.count) == 4)
        }
    }

    @Test func doesNotRememberWhoDoesNotExist() async throws {
        let (active, session, clock) = (active, session, clock)
        try await withLoop { loop in
            let source = Source()
            let states = UserStates(loop: loop, clock: clock, load: source.load)
            let state4 = try await states.state(of: session)
            #expect(state4 == nil)
            source.set(session, active)
            let state5 = try await states.state(of: session)
            #expect(state5 == active)
        }
    }

    @Test func asksOnceForManyWhoWait() async throws {
        let (active, clock) = (active, clock)
        try await withLoop { loop in
            let source = Source()
            let sessions = (0..<100).map {
                UserSession(user: UserID(rawValue: $0 % 10), session: SessionID(rawValue: $0 % 10))
            }
            for session in sessions { source.set(session, active) }
            let states = UserStates(loop: loop, clock: clock, load: source.load)
            await withTaskGroup(of: Void.self) { group in
                for session in sessions {
                    group.addTask {
                        let state = try? await states.state(of: session)
                        #expect(state == active)
                    }
                }
            }
            let asked = source.lookups.withLock { $0 }
            #expect(asked.count < 100)
            #expect(asked.allSatisfy { Set($0).count == $0.count })
        }
    }

    @Test func passesFailuresOn() async throws {
        let (session, clock) = (session, clock)
        try await withLoop { loop in
            let states = UserStates(loop: loop, clock: clock) { _ in throw Down() }
            await #expect(throws: Down.self) { try await states.state(of: session) }
        }
    }
}
