// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// `mve mail`: what a shop without a mail server has written, as its developers read it.
@Suite(.timeLimit(.minutes(2))) struct MailCommandTests {
    private static func run(_ words: [String], in directory: URL) async throws -> MarketCommand {
        try await MarketCommand.run(
            words, environment: ["MVE_DATA_DIR": directory.path, "REDIS_URL": "redis://127.0.0.1:1"])
    }

    private static func with(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("mve-mails-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("mail"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }

    private static func write(_ name: String, to: String, _ subject: String, age: TimeInterval, in directory: URL)
        throws
    {
        let path = directory.appendingPathComponent("mail/\(name)").path
        let text = "From: no-reply@mve.test\r\nTo: \(to)\r\nSubject: \(subject)\r\n\r\nHello \(to)\r\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
    }

    @Test func listsTheOldestFirstAndPrintsOne() async throws {
        try await Self.with { directory in
            try Self.write("bb.eml", to: "asha@example.org", "Welcome", age: 20, in: directory)
            try Self.write("aa.eml", to: "ravi@example.org", "Your order", age: 10, in: directory)
            // A mail that is being written has another ending.
            try Self.write(".cc.1", to: "nobody@example.org", "Half", age: 1, in: directory)
            let list = try await Self.run(["mail"], in: directory)
            #expect(list.status == 0, "\(list.complaints)")
            #expect(list.output == "bb.eml  asha@example.org  Welcome\naa.eml  ravi@example.org  Your order\n")
            let named = try await Self.run(["mail", "bb.eml"], in: directory)
            #expect(named.output.hasSuffix("\r\n\r\nHello asha@example.org\r\n"))
            let newest = try await Self.run(["mail", "last"], in: directory)
            #expect(newest.output.hasSuffix("\r\n\r\nHello ravi@example.org\r\n"))
        }
    }

    @Test func saysWhereThereIsNone() async throws {
        try await Self.with { directory in
            let list = try await Self.run(["mail"], in: directory)
            #expect(list.status == 0 && list.output.isEmpty)
            for name in ["last", "aa.eml", "../secret.key"] {
                let none = try await Self.run(["mail", name], in: directory)
                #expect(none.status == 2, "\(name)")
                #expect(none.complaints.contains("there is no such mail in \(directory.path)/mail"))
            }
        }
    }
}
