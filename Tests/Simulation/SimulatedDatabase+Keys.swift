// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: KeyJournal {
    func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        try await keys(digests, by: nil)
    }

    func storeRefusals(_ refusals: [StoredRefusal]) async throws(JournalError) -> Int {
        try await storeRefusals(refusals, by: nil)
    }

    func keys(_ digests: [Hash32], by client: ProcessLife?) async throws(JournalError) -> [Hash32: KeyState] {
        keyReads.append(digests)
        let call = try await arrive(client)
        var found: [Hash32: KeyState] = [:]
        for digest in digests {
            guard let row = liveKey(digest) else { continue }
            found[digest] =
                row.answer.map { .finished(fingerprint: row.fingerprint, $0, remaining: remaining(row)) }
                ?? .started(fingerprint: row.fingerprint)
        }
        try await depart(call)
        return found
    }

    private func remaining(_ row: KeyRow) -> Duration {
        .nanoseconds(Int64(clamping: row.expires > now ? row.expires - now : 0))
    }

    /// `checkout.store_refusals_v2`: whatever has a live row is left alone.
    func storeRefusals(_ refusals: [StoredRefusal], by client: ProcessLife?) async throws(JournalError) -> Int {
        let call = try await arrive(client)
        self.refusals.append(contentsOf: refusals)
        var stored = 0
        for refusal in refusals {
            let digest = refusal.claim.digest
            guard liveKey(digest) == nil, !locks.contains(.key(digest.lockKey)) else { continue }
            keys[digest] = finished(refusal.claim, refusal.answer)
            stored += 1
        }
        try await depart(call)
        return stored
    }
}

extension SimulatedDatabase: StockJournal {
    func stock(of variants: [VariantID]) async throws(JournalError) -> [StockRow] {
        try await stock(of: variants, by: nil)
    }

    func stock(of variants: [VariantID], by client: ProcessLife?) async throws(JournalError) -> [StockRow] {
        stockReads.append(variants)
        let call = try await arrive(client)
        let rows = variants.compactMap { stock[$0] }
        try await depart(call)
        return rows
    }

    func unlocked(among variants: [VariantID]) async throws(JournalError) -> Set<VariantID> {
        try await unlocked(among: variants, by: nil)
    }

    /// The rows that nobody has locked at this moment, as `skip locked` tells.
    func unlocked(
        among variants: [VariantID], by client: ProcessLife?
    ) async throws(JournalError) -> Set<VariantID> {
        let call = try await arrive(client)
        let free = Set(variants.filter { stock[$0] != nil && !locks.contains(.stock($0)) })
        try await depart(call)
        return free
    }

    /// What a price list says now.
    func offers(
        of variants: [VariantID], by client: ProcessLife?
    ) async throws(JournalError) -> [VariantID: OfferRow] {
        let call = try await arrive(client)
        let rows = variants.reduce(into: [:]) { $0[$1] = offers[$1] }
        try await depart(call)
        return rows
    }
}
