// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// Problems over a real server that speaks two languages.
@Suite(.timeLimit(.minutes(1))) struct ProblemLanguagesTests {
    private static let languages = ProblemLanguages(
        own: "en",
        others: [
            ProblemLanguage(
                "hi", titles: ["not-found": "नहीं मिला", "payload-too-large": "बहुत बड़ा", "internal-error": "त्रुटि"],
                details: ["There is nothing at this path.": "यहाँ कुछ नहीं है।"])
        ])

    private struct Mishap: Error {}

    private static let routes = [
        Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        Route(.get, "/thing/", name: "thing") { _ in throw Problem(.notFound, detail: "No thing 7.") },
        Route(.get, "/conflict/", name: "conflict") { _ in throw Problem(.preconditionFailed) },
        Route(.get, "/mishap/", name: "mishap") { _ in throw Mishap() },
        Route(.post, "/small/", name: "small", bodyMax: 8) { _ in .text("small") },
    ]

    private static func run(_ body: @escaping @Sendable (LiveServer) async throws -> Void) async throws {
        try await LiveServer.run(routes, configure: { $0.problemLanguages = languages }, body)
    }

    private static func title(_ answer: RawAnswer) throws -> String? {
        try JSONDocument(parsing: answer.octets).root["title"]?.string
    }

    @Test(arguments: [
        ("GET /nothing/", "नहीं मिला"), ("GET /thing/", "नहीं मिला"), ("GET /mishap/", "त्रुटि"),
        ("POST /small/", "बहुत बड़ा"),
    ])
    func titlesAreToldInTheLanguageThatIsAskedFor(call: String, title: String) async throws {
        try await Self.run { live in
            for (language, isHindi) in [("hi-IN, en;q=0.5", true), ("en, hi;q=0.5", false), ("fr", false)] {
                let client = try await live.connect()
                let end = call.hasPrefix("POST") ? "Content-Length: 9\r\n\r\n123456789" : "\r\n"
                await client.send("\(call) HTTP/1.1\r\nHost: a\r\nAccept-Language: \(language)\r\n\(end)")
                let answer = try await client.answer()
                #expect(answer.status >= 400)
                #expect(answer.field("content-language") == (isHindi ? "hi" : "en"))
                #expect(answer.count("content-language") == 1)
                #expect((try Self.title(answer) == title) == isHindi, "\(answer.body)")
            }
        }
    }

    @Test func whatHasNoTextIsToldAsItIs() async throws {
        try await Self.run { live in
            let client = try await live.connect()
            await client.send(get("/nothing/", "Accept-Language: hi\r\n"))
            let known = try JSONDocument(parsing: try await client.answer().octets).root
            #expect(known["detail"]?.string == "यहाँ कुछ नहीं है।")
            #expect(known["code"]?.string == "not-found" && known["status"]?.int == 404)
            await client.send(get("/thing/", "Accept-Language: hi\r\n"))
            let own = try JSONDocument(parsing: try await client.answer().octets).root
            #expect(own["detail"]?.string == "No thing 7.")
            await client.send(get("/conflict/", "Accept-Language: hi\r\n"))
            #expect(try Self.title(try await client.answer()) == "Version conflict")
        }
    }

    @Test func othersThanProblemsSayNothingOfLanguages() async throws {
        try await Self.run { live in
            let client = try await live.connect()
            await client.send(get("/hello/", "Accept-Language: hi\r\n"))
            #expect(try await client.answer().field("content-language") == nil)
        }
    }

    /// Before there is a head nobody has said what he likes.
    @Test func aStreamThatCannotBeReadIsToldSoInTheOwnLanguage() async throws {
        try await Self.run { live in
            let client = try await live.connect()
            await client.send("nonsense\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == 400 && answer.field("content-language") == "en")
        }
    }

    @Test func aServerWithoutLanguagesTellsProblemsAsTheyAre() async throws {
        try await LiveServer.run(Self.routes) { live in
            let client = try await live.connect()
            await client.send(get("/thing/", "Accept-Language: hi\r\n"))
            let answer = try await client.answer()
            #expect(try Self.title(answer) == "Not found" && answer.field("content-language") == nil)
        }
    }
}
