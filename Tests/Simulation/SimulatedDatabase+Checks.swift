// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

extension SimulatedDatabase {
    /// What must be true of the committed rows at any time; cheap enough for every step.
    func checkStock() {
        var promised: [VariantID: Int] = [:]
        for reservation in reservations.values where reservation.state == .held || reservation.state == .committed {
            for (variant, quantity) in reservation.units { promised[variant, default: 0] += quantity }
        }
        for row in stock.values {
            trace.expect(
                row.reserved >= 0 && row.reserved <= row.onHand, "oversold: \(row.reserved) of \(row.onHand)")
            trace.expect(
                row.reserved == promised[row.variant] ?? 0,
                "\(row.reserved) reserved of \(row.variant) but reservations say \(promised[row.variant] ?? 0)")
        }
    }

    /// What must be true of the committed rows whenever no transaction runs.
    func checkRows() {
        checkStock()
        for (id, row) in orders {
            guard let reservation = reservations[id] else {
                trace.violate("\(id) has no reservation")
                continue
            }
            let expected: ReservationRow.State =
                switch row.status {
                case .pendingPayment: .held
                case .confirmed: .committed
                case .expired: .expired
                case .cancelled: .released
                }
            trace.expect(reservation.state == expected, "\(id) is \(row.status), its units \(reservation.state)")
            trace.expect(
                (row.status == .confirmed) == (row.paid >= row.order.total), "\(id): \(row.status), \(row.paid)")
            trace.expect((row.status == .confirmed) == (row.rank >= 3), "\(id): \(row.status), rank \(row.rank)")
        }
        checkMoney()
    }

    private func checkMoney() {
        var accepted: [OrderID: Int64] = [:]
        for (id, row) in providerPayments {
            if row.verdict == .accepted { accepted[row.order, default: 0] += row.amount }
            trace.expect((row.rank == 3) == (row.verdict != nil), "\(id): rank \(row.rank) without a verdict")
            if row.rank == 3, row.amount > 0 {
                trace.expect(ledger[id]?.credit == row.amount, "the capture \(id) is not booked")
            }
            if let verdict = row.verdict, verdict != .accepted {
                trace.expect(jobs.contains("\(verdict) \(id)"), "nobody will look at \(id), which is \(verdict)")
            }
        }
        for (id, row) in orders {
            trace.expect(accepted[id] ?? 0 == row.paid, "\(id) was paid \(row.paid), accepted \(accepted[id] ?? 0)")
        }
        for (reference, entry) in ledger {
            trace.expect(entry.debit == entry.credit, "the entry \(reference) does not balance")
            trace.expect(providerPayments[reference]?.rank == 3, "the entry \(reference) has no capture")
        }
        trace.expect(Set(ledger.values.map(\.id)).count == ledger.count, "two entries of one id")
    }

    /// Found wrong so far, and what is wrong with the rows now.
    func problems() -> [String] {
        checkRows()
        return trace.violations
    }
}
