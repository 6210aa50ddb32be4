// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import TestSupport
import Testing

@testable import bench

/// Databases that lose or change what a correct server wrote: the run must end with 1.
struct TamperingTests {
    /// A trigger that changes rows behind the server's back.
    private static func sabotage(_ table: String, _ when: String, _ body: String) -> String {
        """
        create function public.sabotage() returns trigger language plpgsql as $$ begin \(body) end $$;
        create trigger zz_sabotage \(when) on \(table) for each row execute function public.sabotage();
        """
    }

    private static let orders = #""kind": "order", "lines": 3"#
    private static let cases: [(scenario: String, sql: String, word: String)] = [
        // A line is lost.
        (
            orders,
            sabotage("orders.order_lines", "before insert", "if new.line_no = 3 then return null; end if; return new;"),
            "has lines"
        ),
        // Units are reserved that nobody ordered.
        (
            orders, sabotage("inventory.reservations", "before insert", "new.quantities[1] := 2; return new;"),
            "stock says"
        ),
        // A second order under one key.
        (
            orders,
            sabotage(
                "orders.orders", "after insert",
                """
                if new.id > 0 then
                  new.id := -new.id; new.cart_version := new.cart_version + 1000000;
                  insert into orders.orders select new.*;
                end if;
                return null;
                """), "made 2 orders"
        ),
        // A unit too many in the cart.
        (
            #""kind": "cart""#,
            sabotage("carts.cart_lines", "before insert or update", "new.quantity := 99; return new;"), "the cart of"
        ),
        // An event that was acknowledged and is not kept.
        (
            #""kind": "webhook", "lines": 1"#, sabotage("payments.events", "before insert", "return null;"),
            "was acknowledged, but"
        ),
        // A payment that makes no entry.
        (
            #""kind": "webhook", "lines": 1"#,
            sabotage("payments.payments", "before update", "new.captured_minor := 0; return new;"), "captured with 0"
        ),
    ]

    @Test(arguments: cases.indices)
    func theRunEndsWithOne(_ index: Int) async throws {
        let (scenario, sql, word) = Self.cases[index]
        try await BenchShop.with(buyers: 4, sql: sql) { shop in
            let report = try await shop.measure(scenario, requests: 4).report
            #expect(report.ok > 0, "\(report.errors) errors, \(report.refused) refused")
            #expect(report.reconciled == false)
            #expect(report.mismatches.contains { $0.contains(word) }, "\(report.mismatches)")
            let scenario = Scenario(name: "x", description: "x", kind: .cart(linesHeld: nil), bars: [])
            #expect(throws: ExitCode(1)) { try BenchCommand.parse(["x"]).judge(report, scenario) }
        }
    }

    /// The program itself, over a catalogue with what it needs: exit code 1 and the mismatch in its table.
    @Test func theProgramEndsWithOne() async throws {
        let (scenario, sql, word) = Self.cases[0]
        try await BenchShop.with(buyers: 4, sql: sql) { shop in
            let run = try await BenchProcess.run(
                #"{"name": "test", "description": "test", \#(scenario)}"#, shop,
                ["--requests", "4", "--connections", "2"])
            #expect(run.status == 1)
            #expect(run.output.contains("reconciled            NO"))
            #expect(run.output.contains(word))
        }
    }
}
