// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct ProblemTests {
    private let id = RequestID(milliseconds: 1_700_000_000_000, random: (7, 9))

    private func root(_ problem: Problem) throws -> JSONValue {
        try JSONDocument(parsing: problem.document(requestID: id)).root
    }

    @Test func documentsHaveTheStandardMembers() throws {
        let root = try root(Problem(.notFound, detail: "No \"such\" thing."))
        #expect(root["type"]?.string == "https://errors.mve.dev/not-found")
        #expect(root["title"]?.string == "Not found")
        #expect(root["status"]?.int == 404)
        #expect(root["detail"]?.string == "No \"such\" thing.")
        #expect(root["instance"]?.string == "/requests/\(id)")
        #expect(root["code"]?.string == "not-found")
        #expect(root["errors"] == nil)
        #expect(try self.root(Problem(.notFound))["detail"] == nil)
    }

    @Test func faultsAndFurtherMembersFollow() throws {
        let problem = Problem(
            .validationFailed,
            errors: [
                .init(pointer: "/a~1b/0", code: "required", message: "is required"),
                .init(code: "short", message: "too few", members: [("left", 1), ("names", .strings(["x", "y"]))]),
            ], members: [("\"", "z"), ("raw", .raw(Array("{\"k\":[]}".utf8))), ("none", .null), ("yes", true)])
        let root = try root(problem)
        #expect(root["errors"]?.elements?.count == 2)
        #expect(root["errors"]?.elements?[0]["pointer"]?.string == "/a~1b/0")
        #expect(root["errors"]?.elements?[1]["pointer"] == nil)
        #expect(root["errors"]?.elements?[1]["left"]?.int == 1)
        #expect(root["errors"]?.elements?[1]["names"]?.elements?.map(\.string) == ["x", "y"])
        #expect(root["\""]?.string == "z")
        #expect(root["raw"]?["k"]?.kind == .array)
        #expect(root["none"]?.isNull == true)
        #expect(root["yes"]?.bool == true)
    }

    @Test("every kind of the transport has a code, a title and a status of its own", arguments: Problem.Kind.transport)
    func kinds(kind: Problem.Kind) throws {
        #expect((400...599).contains(kind.status.code))
        #expect(
            kind.code.utf8.allSatisfy {
                $0 == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            })
        #expect(!kind.title.isEmpty)
        #expect(kind.status.reason.utf8CodeUnitCount > 0)
        #expect(Problem.Kind.transport.filter { $0.code == kind.code }.count == 1)
        let response = Problem(kind, headers: [.retryAfter(seconds: 3)]).response(requestID: id)
        #expect(response.status == kind.status)
        #expect(response.contentType == .problem)
        #expect(response.header("retry-after") == "3")
    }

    @Test func errorsThatAreNoProblemsBecomeABare500() throws {
        struct Leak: Error, CustomStringConvertible { var description: String { "password=hunter2" } }
        let (response, unexpected) = Dispatcher.answer(to: Leak(), requestID: id)
        #expect(response.status == .internalServerError)
        #expect(unexpected is Leak)
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(!text.contains("hunter2"))
        #expect(!text.contains("Leak"))
        #expect(try JSONDocument(parsing: response.body).root.members?.count == 5)
        let meant = Dispatcher.answer(to: Problem(.notFound), requestID: id)
        #expect(meant.response.status == .notFound)
        #expect(meant.unexpected == nil)
        let json = Dispatcher.answer(to: JSONError(reason: .truncated, offset: 3), requestID: id)
        #expect(json.response.status == .badRequest)
        #expect(json.unexpected == nil)
    }

    @Test func requestIDsAreOrderedByTimeAndDiffer() {
        var source = RequestIDSource()
        let first = source.next(milliseconds: 1_000)
        let second = source.next(milliseconds: 1_001)
        #expect(first.description.count == 26)
        #expect(first.description < second.description)
        #expect(Set((0..<1_000).map { _ in source.next(milliseconds: 5).description }).count == 1_000)
        #expect(RequestID(milliseconds: 0, random: (0, 0)).description == String(repeating: "0", count: 26))
        #expect(RequestID(milliseconds: 0, random: (0, 33)).description.hasSuffix("011"))
        let last = RequestID(milliseconds: (1 << 48) - 1, random: (.max, .max))
        #expect(last.description == "7" + String(repeating: "Z", count: 25))
    }
}
