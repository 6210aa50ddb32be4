// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Synchronization
import UVRuntime

/// One world of a seed: processes with the real actors over one database, people, a provider, and everything that goes wrong
/// with them. The same seed gives the same world, job by job.
///
/// - Isolation: made and run on one thread.
// @unchecked: confined to that thread; what its timers and tasks call runs on its executor, which runs there.
final class Simulation: @unchecked Sendable {
    let seed: UInt64
    let executor = ManualExecutor()
    let trace: Trace
    let settings: WorldSettings
    private let dice: Dice
    /// Picks interleavings; apart from `dice`, so that looking on changes nothing.
    private let scheduler: Dice
    private let database: SimulatedDatabase
    private let provider: SimulatedProvider
    private let hints: SimulatedHints
    private let cluster: Cluster
    private let nemesis: Nemesis
    private let book: AnswerBook
    private var buyers: [Buyer] = []
    private(set) var jobs = 0
    private(set) var steps = 0
    private var isHealed = false
    private var healedAt: UInt64 = 0
    private let activity = Activity()

    /// How long after the last fault the last client may wait for its answer: some time-outs in a row, of simulated time.
    private static let patienceAfterFaults: UInt64 = 60_000_000_000
    /// Jobs of one world; the largest that were seen need a tenth.
    private static let jobsMax = 400_000

    /// Longer than the longest pause between resends.
    private static let afterCalm: UInt64 = 3_000_000_000
    /// Timers until what is on its way has arrived; the slowest that was seen need a tenth.
    private static let stepsToCalmDown = 2000

    init(seed: UInt64, keepsTrace: Bool = false) {
        self.seed = seed
        let dice = Dice(seed: seed)
        let trace = Trace(executor: executor, isKept: keepsTrace)
        let settings = WorldSettings(dice)
        let (executor, activity) = (executor, activity)
        let database = SimulatedDatabase(executor: executor, clock: executor, dice: dice, trace: trace)
        let provider = SimulatedProvider(
            executor: executor, clock: executor, dice: dice, trace: trace, activity: activity)
        let hints = SimulatedHints(clock: executor, dice: dice)
        let cluster = Cluster(count: settings.processes, executor: executor, dice: dice, trace: trace) { life in
            SimulatedProcess(
                life: life, executor: executor, database: database, provider: provider, hints: hints,
                limits: settings.limits, dice: dice, trace: trace)
        }
        (self.dice, self.trace, self.settings, self.database) = (dice, trace, settings, database)
        (self.provider, self.hints, self.cluster) = (provider, hints, cluster)
        book = AnswerBook(database: database, trace: trace)
        scheduler = Dice(seed: ~seed)
        nemesis = Nemesis(
            cluster: cluster, database: database, hints: hints, dice: dice, trace: trace,
            variants: settings.variants, changesGoods: !settings.isFlashSale)
    }

    /// Runs the world to its end; what was found wrong is in `trace`.
    func run() {
        // Thousands of worlds share a process: nothing may keep one that has ended.
        defer { executor.perform { provider.assumeIsolated { $0.detach() } } }
        open()
        while trace.isSound, !activity.isOver {
            runReady()
            guard trace.isSound else { break }
            check()
            if jobs > Self.jobsMax { trace.violate("no end after \(jobs) jobs: \(waiting)") }
            if isHealed, executor.now > healedAt &+ Self.patienceAfterFaults {
                trace.violate("no answer long after the last fault: \(waiting)")
            }
            advance()
        }
        guard trace.isSound else { return }
        settle()
        guard trace.isSound else { return }
        checkEnd()
    }

    // MARK: the parts of a run

    private func open() {
        executor.perform {
            database.assumeIsolated { database in
                for (variant, units) in zip(settings.variants, settings.units) {
                    database.put(variant, onHand: units, price: 100 + variant.rawValue)
                }
                database.delays = settings.delays
                database.chances = settings.chances
                database.lockTimeout = settings.lockTimeout
            }
            let (cluster, dice) = (cluster, dice)
            provider.assumeIsolated { provider in
                provider.attach(
                    { news in
                        let reply = await cluster.ask(cluster.pick(), patience: 400) { try await $0.apply(news) }
                        if case .success = reply { return true }
                        return false
                    }, failuresPerMille: settings.failuresPerMille)
            }
            cluster.loseAnswers(perMille: settings.failuresPerMille)
            hints.set(up: true, lossPerMille: settings.failuresPerMille)
            for slot in 0..<settings.processes { cluster.start(slot) }
            let numbers = Numbers()
            for number in 1...settings.buyers {
                let buyer = Buyer(
                    Int64(number), settings.plan, cluster: cluster, database: database, provider: provider, book: book,
                    numbers: numbers, activity: activity)
                buyers.append(buyer)
                buyer.assumeIsolated { $0.start() }
            }
            for time in settings.strikeTimes(dice) { later(time) { $0.strike() } }
            later(settings.faultsEnd) { $0.heal() }
            tick()
        }
    }

    private func later(_ milliseconds: Int, _ body: @escaping @Sendable (Simulation) -> Void) {
        _ = executor.schedule(after: .milliseconds(milliseconds)) { [self] in body(self) }
    }

    private func strike() {
        guard !isHealed, !activity.isOver else { return }
        nemesis.strike()
    }

    /// From now on nothing goes wrong any more.
    private func heal() {
        guard !isHealed else { return }
        trace.note { "no more faults" }
        isHealed = true
        healedAt = executor.now
        database.assumeIsolated { database in
            database.chances = []
            database.delays = 0...1
            database.start()
        }
        provider.assumeIsolated { $0.heal() }
        hints.set(up: true, lossPerMille: 0)
        cluster.heal()
        for slot in 0..<cluster.count { cluster.start(slot) }
    }

    /// What timers of processes do, and the poller.
    private func tick() {
        later(dice.number(40...160)) { me in
            guard !me.activity.isOver else { return }
            for process in me.cluster.processes where me.dice.chance(perMille: 500) {
                _ = Task { await process.sweep() }
                if me.dice.chance(perMille: 300) { _ = Task { await process.carts.passivateIdle() } }
            }
            if me.dice.chance(perMille: 300) { me.poll() }
            if me.dice.chance(perMille: 100) { me.database.assumeIsolated { $0.reapKeys() } }
            me.tick()
        }
    }

    /// Some process asks the provider about all attempts.
    private func poll() {
        let orders = database.assumeIsolated { database in
            database.payments.values.compactMap(\.providerOrder).sorted()
        }
        let news = provider.assumeIsolated { provider in orders.flatMap { provider.said(of: $0) } }
        guard let process = cluster.pick() else { return }
        for one in news {
            activity.polls.increase()
            _ = Task {
                // Once nothing goes wrong any more, only a full mailbox can refuse, and not for long.
                while case .failure = await cluster.ask(process, patience: 1000, { try await $0.apply(one) }),
                    isHealed, process.life.isAlive
                {
                    await executor.pause(5)
                }
                activity.polls.decrease()
            }
        }
    }

    private func runReady() {
        let every = settings.checkEvery
        var count = 0
        jobs += executor.run { waiting in
            count += 1
            if count % every == 0 { self.checkProcesses() }
            guard waiting > 1, !self.settings.isInOrder, self.scheduler.below(4) == 0 else { return 0 }
            return self.scheduler.below(waiting)
        }
        executor.perform { checkProcesses() }
    }

    /// To the next timer.
    private func advance() {
        guard let due = executor.nextDue else {
            if !activity.isOver { trace.violate("nothing more happens, and clients wait: \(waiting)") }
            return
        }
        steps += 1
        executor.advance(by: .nanoseconds(due > executor.now ? due - executor.now : 0)) { waiting in
            self.jobs += 1
            guard waiting > 1, !self.settings.isInOrder, self.scheduler.below(4) == 0 else { return 0 }
            return self.scheduler.below(waiting)
        }
    }

    /// Every client is through; now what is on its way arrives, and the provider is asked once more.
    private func settle() {
        executor.perform { heal() }
        calmDown()
        executor.perform { poll() }
        calmDown()
    }

    private func calmDown() {
        let last = steps + Self.stepsToCalmDown
        while trace.isSound, !isQuiet, steps < last {
            runReady()
            advance()
        }
        trace.expect(isQuiet, "something still runs long after the last client left")
        // Replies that nobody waits for any more, and pauses between resends.
        let end = executor.now + Self.afterCalm
        while trace.isSound, let due = executor.nextDue, due < end { advance() }
    }

    // MARK: what is looked at

    private var isQuiet: Bool {
        activity.isQuiet && executor.perform { database.assumeIsolated { $0.running } == 0 }
    }

    private var waiting: String {
        executor.perform {
            buyers.map { $0.assumeIsolated { "\($0.user): \($0.doing) (\($0.busy))" } }.joined(separator: "; ")
                + "; deliveries \(activity.deliveries.load(ordering: .relaxed))"
        }
    }

    private func checkProcesses() {
        for process in cluster.processes {
            process.check()
            if settings.isCalm, let over = process.promisesTooMuch(database.assumeIsolated { $0.stock }) {
                trace.violate("process \(process.life.number) would promise more of \(over) than is committed")
            }
        }
    }

    private func check() {
        guard steps % 8 == 0 else { return }
        executor.perform { database.assumeIsolated { $0.checkStock() } }
    }

    private func checkEnd() {
        executor.perform {
            database.assumeIsolated { $0.checkRows() }
            for process in cluster.processes { process.checkIdle() }
            book.checkEnd()
            let captured = provider.assumeIsolated { $0.captured }
            database.assumeIsolated { database in
                for (payment, order) in captured where database.paymentOfProviderOrder[order] != nil {
                    trace.expect(
                        database.providerPayments[payment]?.rank == 3, "the capture \(payment) is not in the books")
                }
                if settings.isFlashSale {
                    let sold = settings.units[0] - (database.stock[settings.variants[0]]?.available ?? 0)
                    trace.expect(
                        sold == min(settings.buyers, settings.units[0]),
                        "\(settings.buyers) buyers for \(settings.units[0]) units: \(sold) sold")
                }
            }
        }
    }
}
