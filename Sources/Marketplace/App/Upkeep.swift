// SPDX-License-Identifier: Apache-2.0
import Accounts
import Carts
import Catalog
import Imports
import Ledger
import MarketHTTP
import Orders
import Payments
import Sellers
import UVRuntime

/// What runs beside the requests: ending unpaid orders, letting price lists and holidays begin and end, removing expired keys and forsaken
/// carts, working off jobs, measuring.
///
/// - Isolation: started on the first loop, where all of it lives.
struct Upkeep: Sendable {
    let lead: LeaderLease
    let sweeper: ReservationSweeper
    let sellerOrders: SellerOrderTimers
    let reaper: RowReaper
    let carts: CartReaper
    let words: SearchWordReaper
    let priceLists: PriceListClock
    let holidays: HolidayClock
    let jobs: JobRunner
    let providerJobs: ProviderJobs
    /// Imports and exports.
    let tables: JobRunner
    let tableSweep: TableSweep
    let jobReaper: RowReaper
    let accountReaper: RowReaper
    let deletions: AccountDeletions
    let reconciliations: ReconciliationJobs
    let documents: KYCExpiry
    let gauges: ShopGauges
    let media: MediaSweep
    let snapshots: LedgerSnapshots

    /// How often the lead is renewed and due orders are looked for, so that a reservation outlives its time by a second.
    static let beat: Duration = .seconds(1)

    /// Starts the timers. On the loop.
    func start(on loop: EventLoop) {
        let (lead, sweeper, reaper, jobs, gauges, media) = (lead, sweeper, reaper, jobs, gauges, media)
        let reconciliations = reconciliations
        let (carts, words, priceLists, tables, deletions) = (carts, words, priceLists, tables, deletions)
        let (tableSweep, jobReaper, sellerOrders, snapshots) = (tableSweep, jobReaper, sellerOrders, snapshots)
        let (documents, accountReaper, holidays) = (documents, accountReaper, holidays)
        _ = loop.schedule(every: Self.beat) {
            loop.spawn {
                guard await lead.renew() else { return }
                await sweeper.sweep()
                await sellerOrders.sweepWhenDue()
                await priceLists.tick()
                await holidays.applyWhenDue()
                await reaper.sweepWhenDue()
                await jobReaper.sweepWhenDue()
                await accountReaper.sweepWhenDue()
                await deletions.sweepWhenDue()
                await reconciliations.beginWhenDue()
                await documents.sweepWhenDue()
                await carts.sweepWhenDue()
                await words.sweepWhenDue()
                await media.stepWhenDue()
                await snapshots.stepWhenDue()
            }
        }
        _ = loop.schedule(every: Self.beat) { loop.spawn { await jobs.run() } }
        providerJobs.start(on: loop)
        _ = loop.schedule(every: Self.beat) { loop.spawn { await tables.run() } }
        _ = loop.schedule(every: Self.beat) { loop.spawn { await tableSweep.sweepWhenDue() } }
        // At once, too: who reads the metrics of a new process finds all of its series.
        loop.spawn {
            await gauges.recordCounts()
            await gauges.recordInvariants()
        }
        _ = loop.schedule(every: ShopGauges.countsPause) { loop.spawn { await gauges.recordCounts() } }
        _ = loop.schedule(every: ShopGauges.invariantsPause) {
            loop.spawn {
                if await lead.isLeader { await gauges.checkInvariants() }
                await gauges.recordInvariants()
            }
        }
    }

    /// Begins nothing more and lets another process lead.
    func stop() async {
        await jobs.stop()
        await providerJobs.stop()
        await tables.stop()
        await lead.release()
    }
}
