// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MarketCore

/// The tables of the contract, move by move: what is not in them is illegal.
struct SellerStateMachineTests {
    private func moves<State: CaseIterable & Hashable & Sendable, Event: CaseIterable & Hashable & Sendable>(
        _ machine: StateMachine<State, Event>, by party: Parties
    ) -> Set<String> {
        var found = Set<String>()
        for state in State.allCases {
            for event in Event.allCases {
                if case .moved(let to) = machine.step(from: state, event, by: party) {
                    found.insert("\(state) \(event) \(to)")
                }
            }
        }
        return found
    }

    @Test func sellers() {
        #expect(
            moves(SellerStatus.machine, by: .admin) == [
                "pendingApproval approve active", "suspended approve active", "pendingApproval reject rejected",
                "active suspend suspended", "suspended reinstate active", "suspended close closed",
                "draft close closed",
                "pendingApproval close closed", "rejected close closed",
            ])
        #expect(
            moves(SellerStatus.machine, by: .seller) == [
                "draft submit pendingApproval", "rejected submit pendingApproval", "draft close closed",
                "pendingApproval close closed", "rejected close closed",
            ])
        #expect(moves(SellerStatus.machine, by: .buyer).isEmpty && SellerStatus.machine.isTerminal(.closed))
    }

    @Test func examinations() {
        #expect(
            moves(KYCStatus.machine, by: .admin) == [
                "submitted beginReview underReview", "underReview verify verified", "underReview reject rejected",
            ])
        #expect(
            moves(KYCStatus.machine, by: .seller) == [
                "notStarted upload incomplete", "incomplete upload incomplete", "rejected upload incomplete",
                "submitted upload incomplete", "underReview upload incomplete", "needsUpdate upload needsUpdate",
                "verified upload needsUpdate", "incomplete submit submitted", "needsUpdate submit submitted",
                "incomplete requireUpdate needsUpdate", "submitted requireUpdate needsUpdate",
                "underReview requireUpdate needsUpdate",
                "verified requireUpdate needsUpdate",
            ])
    }

    @Test func documents() {
        #expect(
            moves(KYCDocumentStatus.machine, by: .admin) == [
                "underReview verify verified", "underReview reject rejected", "verified expire expired",
            ])
        #expect(
            moves(KYCDocumentStatus.machine, by: .seller) == [
                "uploaded submit underReview", "verified expire expired", "uploaded expire expired",
                "underReview expire expired",
            ])
        // What has nothing left to look at goes on by itself.
        #expect(
            moves(KYCStatus.machine, by: .system) == [
                "submitted beginReview underReview", "underReview verify verified",
                "incomplete requireUpdate needsUpdate",
                "submitted requireUpdate needsUpdate", "underReview requireUpdate needsUpdate",
                "verified requireUpdate needsUpdate",
            ])
    }

    @Test func numbers() {
        #expect(GSTIN("27AAPFU0939F1ZV")?.pan == "AAPFU0939F" && GSTIN("27AAPFU0939F1ZV")?.state == "MH")
        #expect(GSTIN("29AAGCB7383J1Z4")?.state == "KA")
        for wrong in [
            "27AAPFU0939F1ZW", "27AAPFU0939F1AV", "99AAPFU0939F1ZV", "27AAPFU0939F1Z", "", "27AAPFU0939F0ZV",
        ] { #expect(GSTIN(wrong) == nil, "\(wrong)") }
        // One wrong character, and two that change places, are noticed.
        let right = Array("27AAPFU0939F1ZV")
        for index in right.indices.dropLast() where right[index] != right[index + 1] {
            var swapped = right
            swapped.swapAt(index, index + 1)
            #expect(GSTIN(String(swapped)) == nil, "\(String(swapped))")
        }
        #expect(PAN("AAPFU0939F")?.masked == "******939F" && PAN("AAPFU0939") == nil && PAN("AAPF10939F") == nil)
        #expect(
            BankAccount.isIFSC("HDFC0000123") && !BankAccount.isIFSC("HDFC1000123")
                && !BankAccount.isIFSC("HDF00000123"))
        #expect(
            BankAccount.isNumber("123456789") && !BankAccount.isNumber("12345678") && !BankAccount.isNumber("12345678x")
        )
        #expect(BankAccount(number: "123456789", ifsc: "HDFC0000123", holder: "x").masked == "*****6789")
    }
}
