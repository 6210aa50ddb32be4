// SPDX-License-Identifier: Apache-2.0
import Testing

/// The rules themselves: each must find what breaks it, and leave alone what only looks like it.
struct TidyRulesTests {
    private func file(_ text: String, path: String = "Sources/Marketplace/Orders/Order.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test func wordsInCommentsAndStringsAreNotCode() {
        let text =
            "// fatalError\nlet a = \"as! \\(\"try!\")\" /* try! /* nested */ as! */\nlet b = #\"\"\"\n fatalError\n\"\"\"#\n"
        #expect(TidyRules.bannedWords(file(text)).isEmpty)
        #expect(TidyRules.bannedWords(file("let a = try! f()\n")).map(\.line) == [1])
        #expect(TidyRules.bannedWords(file("\n\nfatalError(\"no\")\n")).map(\.line) == [3])
        #expect(TidyRules.bannedWords(file("// TO" + "DO later\n")).count == 1)
    }

    @Test func literalsAreFoundWithTheirLines() {
        let text = SwiftText("let a = \"one\"\nlet b = \"\"\"\n  two \\(f(\"three\"))\n  \"\"\"\n")
        #expect(text.literals.map(\.line) == [1, 3, 2])
        #expect(text.literals.map { $0.text.contains("two") } == [false, false, true])
        #expect(text.codeLines.count == 5)
    }

    @Test(
        "SQL is told from prose",
        arguments: [
            ("select id from orders.orders", true), ("SELECT checkout.place_v1($1)", true),
            ("  \n insert into a.b values (1)", true),
            ("update orders.orders set a = 1", true), ("with x as (select 1) select * from x", true),
            ("delete from carts.carts where id = $1", true), ("select the best offer", false),
            ("update the cart", false),
            ("with love", false), ("insert coin", false), ("", false), ("begin", true), ("begins", false),
        ])
    func recognisesSQL(text: String, isSQL: Bool) {
        #expect(SQLRules.isSQL(text) == isSQL)
    }

    @Test func sqlOutsideAStoreIsFound() {
        let text = "let sql = \"select id from orders.orders\"\n"
        #expect(SQLRules.place(file(text)).count == 1)
        #expect(SQLRules.place(file(text, path: "Sources/Marketplace/Orders/OrderStore.swift")).isEmpty)
        #expect(SQLRules.place(file(text, path: "Sources/Marketplace/Orders/OrderStore+Pages.swift")).isEmpty)
    }

    @Test func aForeignSchemaInAStoreIsFound() {
        let path = "Sources/Marketplace/Orders/OrderStore.swift"
        let own = "let sql = \"select o.id, checkout.f(1) from orders.orders o\"\n"
        let foreign = "let sql = \"select id from accounts.users\"\n"
        #expect(SQLRules.schema(file(own, path: path)).isEmpty)
        #expect(SQLRules.schema(file(foreign, path: path)).count == 1)
        #expect(SQLRules.schema(file(foreign, path: "Sources/Marketplace/Accounts/UserStore.swift")).isEmpty)
    }

    @Test(
        "row locks need an order",
        arguments: [
            ("select 1 from a for update", 1), ("select 1 from a order by id for update", 0),
            ("select 1 from a for no key update; select 2 order by 1", 1), ("-- for update\nselect 1", 0),
            ("select 1 from a order by id\n  for no\n key update skip locked", 0), ("insert into a select 1", 0),
        ])
    func findsUnorderedLocks(sql: String, count: Int) {
        #expect(SQLRules.lockOrder(sql, path: "x", firstLine: 1).count == count)
    }

    @Test func functionsAreMeasuredFromHeadToBrace() {
        let text = SwiftText(
            """
            protocol P {
                func required(_ a: Int) async throws
                init(a: Int)
            }
            struct S: P {
                func required(
                    _ a: Int
                ) async throws {
                    if true { print("}") }
                }
                init(a: Int) { self.init(b: a) }
                var x: Int { 1 }
            }
            """)
        let spans = FunctionSpan.all(in: text)
        #expect(
            spans == [
                .init(name: "required", firstLine: 6, lineCount: 5), .init(name: "init", firstLine: 11, lineCount: 1),
            ])
        let long = "func f() {\n" + String(repeating: "    g()\n", count: 69) + "}\n"
        #expect(TidyRules.functionSize(file(long)).count == 1)
        #expect(TidyRules.functionSize(file(long.replacing("{\n    g()", with: "{"))).isEmpty)
    }

    @Test func anUnexplainedTrustIsFound() {
        let bare = "final class A: @unchecked Sendable {}\n"
        #expect(TidyRules.trusted(file(bare)).uncommented.count == 1)
        #expect(TidyRules.trusted(file("// Written once, in init.\n" + bare)).uncommented.isEmpty)
        #expect(TidyRules.trusted(file("// @unchecked Sendable\n")).count == 0)
    }

    @Test func headerSizeNameAndImportsAreChecked() {
        #expect(TidyRules.header(file("import A\n")).count == 1)
        #expect(TidyRules.header(file("-- SPDX-License-Identifier: Apache-2.0\n", path: "migrations/1.sql")).isEmpty)
        #expect(TidyRules.fileSize(file(String(repeating: "\n", count: 401))).count == 1)
        #expect(TidyRules.fileSize(file(String(repeating: "\n", count: 400))).isEmpty)
        #expect(TidyRules.fileName(file("", path: "Sources/HTTP/StringUtils.swift")).count == 1)
        #expect(TidyRules.foundation(file("import Foundation\n", path: "Sources/HTTP/A.swift")).count == 1)
        #expect(TidyRules.foundation(file("import Foundation\n")).isEmpty)
        #expect(TidyRules.printing(file("    print(1)\n")).count == 1)
        #expect(TidyRules.printing(file("    a.print(1)\n    fingerprint(2)\n")).isEmpty)
        #expect(TidyRules.sleeping(file("try await Task.sleep(for: .seconds(1))\n")).count == 1)
    }

    @Test func awaitsInTheMiddleAreFound() {
        #expect(TidyRules.awaiting(file("let row = await read()\nhold(row)\n")).map(\.line) == [1])
        #expect(
            TidyRules.awaiting(file("return try await join(key)\ntry await withLoopContinuation { park($0) }\n"))
                .isEmpty)
    }
}
