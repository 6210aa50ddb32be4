// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

/// Who may send a long body is decided before any of it is taken.
@Suite(.timeLimit(.minutes(2))) struct AdmissionTests {
    private final class Door: Sendable {
        let asked = Atomic(0)
        let answered = Atomic(0)

        /// Admits who says the word; looks a moment later, as a database would.
        var route: Route {
            Route(.post, "/upload/", name: "upload", reads: .multipart()) { [self] request in
                answered.add(1, ordering: .relaxed)
                return .text("\(try request.multipart().map(\.size))")
            }.admitting { [self] request in
                asked.add(1, ordering: .relaxed)
                try await request.loop.sleep(for: .milliseconds(1))
                guard request.header("X-Word") == "friend" else {
                    throw Problem(.tokenLike, headers: [.authenticate("Bearer")])
                }
                guard request.body.isEmpty else { throw Problem(.malformedRequest) }
            }
        }
    }

    private static func head(_ count: Int, _ more: String...) -> String {
        (["POST /upload/ HTTP/1.1", "Host: a", "Content-Type: \(Upload.boundary)", "Content-Length: \(count)"] + more)
            .joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static let body = Upload.form([Upload.file("f", Upload.noise(300_000))])

    @Test func aStrangerIsRefusedBeforeAnyOctetOfTheBody() async throws {
        let directory = UploadDirectory()
        let door = Door()
        try await LiveServer.run([door.route], configure: { directory.use(&$0) }) { live in
            let client = try await live.connect()
            // Nothing of the body is ever sent.
            let answer = try await client.ask(Self.head(5_000_000))
            #expect(answer.status == 401 && answer.field("connection") == "close")
            let expecting = try await live.connect()
            let refused = try await expecting.ask(Self.head(5_000_000, "Expect: 100-continue"))
            #expect(refused.status == 401)
            // What is sent all the same is dropped, and never taken for a request.
            let pushing = try await live.connect()
            await pushing.send(Array(Self.head(Self.body.count).utf8) + Self.body)
            let text = try await pushing.untilEnd()
            #expect(text.hasPrefix("HTTP/1.1 401 ") && text.components("HTTP/1.1 ") == 1)
            #expect(directory.names.isEmpty)
        }
        #expect(door.answered.load(ordering: .relaxed) == 0 && door.asked.load(ordering: .relaxed) == 3)
    }

    @Test func aFriendIsAskedForTheBody() async throws {
        let directory = UploadDirectory()
        let door = Door()
        try await LiveServer.run([door.route], configure: { directory.use(&$0) }) { live in
            let client = try await live.connect()
            // At once, octet by octet, and again on the same connection.
            let whole = Array(Self.head(Self.body.count, "X-Word: friend").utf8) + Self.body
            for _ in 0..<2 { #expect(try await client.ask(whole).body == "[300000]") }
            await client.send(whole + whole)
            for _ in 0..<2 { #expect(try await client.answer().status == 200) }
            let polite = try await live.connect()
            let invitation = try await polite.ask(
                Self.head(Self.body.count, "X-Word: friend", "Expect: 100-continue"))
            #expect(invitation.status == 100)
            #expect(try await polite.ask(Self.body).body == "[300000]")
            try await live.until { directory.names.isEmpty }
        }
        #expect(door.answered.load(ordering: .relaxed) == 5)
    }

    @Test func aBodyThatIsCutOffLeavesNothing() async throws {
        let directory = UploadDirectory()
        let door = Door()
        try await LiveServer.run([door.route], configure: { directory.use(&$0) }) { live in
            let client = try await live.connect()
            await client.send(Array(Self.head(Self.body.count, "X-Word: friend").utf8) + Self.body.dropLast(1000))
            try await live.until { !directory.names.isEmpty }
            await client.close()
            try await live.until { directory.names.isEmpty && live.server.connectionCount == 0 }
        }
        #expect(door.answered.load(ordering: .relaxed) == 0)
    }
}

extension Problem.Kind {
    fileprivate static let tokenLike = Problem.Kind("token-missing", .unauthorized, "Token missing")
}

extension String {
    /// How often another text stands in this one.
    fileprivate func components(_ other: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: other) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
