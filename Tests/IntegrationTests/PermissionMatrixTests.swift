// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// Every served route, asked by everybody: a running server lets through whom the contract's permission matrix lets through, and
/// tells everybody else why not.
@Suite(.timeLimit(.minutes(10))) struct PermissionMatrixTests {
    /// An operation as the server describes it.
    private struct Operation: Sendable {
        let name: String
        let method: String
        let path: String
        /// The media type of its body; nil where it takes none.
        let reads: String?
        let needsKey: Bool
        /// Whether an answer has no end.
        let streams: Bool
    }

    private static func operations(_ client: TestClient) async throws -> [Operation] {
        let document = try await client.get("/schema/").json
        var operations: [Operation] = []
        for path in document["paths"]?.members ?? [] {
            for member in path.value.members ?? [] {
                let answers = member.value["responses"]?["200"]?["content"]?.members ?? []
                operations.append(
                    Operation(
                        name: "\(member.name.uppercased()) \(path.name)", method: member.name.uppercased(),
                        // A file of any name will do.
                        path: path.name.split(separator: "/", omittingEmptySubsequences: false)
                            .map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/"),
                        reads: member.value["requestBody"]?["content"]?.members?.first?.name,
                        needsKey: member.value["x-idempotency-key"]?.string == "required",
                        streams: answers.contains { $0.name == "text/event-stream" }))
            }
        }
        // Who logs out is somebody else afterwards.
        return operations.filter { $0.name != "POST /api/auth/logout/" }
            + operations.filter { $0.name == "POST /api/auth/logout/" }
    }

    /// Asks for nothing in particular, in the form that the operation takes.
    private static func ask(_ operation: Operation, _ token: String?, _ client: TestClient) async throws
        -> TestClient.Answer
    {
        if operation.streams, try opens(operation, token, client) {
            return TestClient.Answer(status: 200, headers: [], body: [])
        }
        var (body, headers): (String?, [(name: String, value: String)]) = (nil, [])
        switch operation.reads {
        case nil: break
        case "multipart/form-data":
            body = "--b\r\nContent-Disposition: form-data; name=\"nothing\"\r\n\r\n\r\n--b--\r\n"
            headers = [("Content-Type", "multipart/form-data; boundary=b")]
        case let type?:
            body = "{}"
            headers = [("Content-Type", type)]
        }
        return try await client.send(
            operation.method, operation.path, body, token: token, key: operation.needsKey ? "matrix-0001" : nil,
            headers: headers)
    }

    /// Whether a stream begins; its end is not awaited.
    private static func opens(_ operation: Operation, _ token: String?, _ client: TestClient) throws -> Bool {
        let socket = try RawSocket(port: try #require(UInt16(client.url.split(separator: ":").last ?? "")))
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        try socket.send("\(operation.method) \(operation.path) HTTP/1.1\r\nHost: a\r\n\(authorization)\r\n")
        return try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 ")
    }

    /// What an answer says of its caller; nil for one that must not be.
    private static func verdict(_ answer: TestClient.Answer) -> PermissionMatrix.Verdict? {
        // What nobody got as far as to judge says nothing of the caller.
        let before: Set = [
            "unsupported-media-type", "method-not-allowed", "idempotency-key-required", "rate-limited",
        ]
        guard answer.status < 500, !before.contains(answer.code ?? "") else { return nil }
        let refusals: [PermissionMatrix.Verdict] = [.missing, .invalid, .blocked, .forbidden, .audience]
        return refusals.first { $0.code == answer.code } ?? (answer.status == 401 ? nil : .through)
    }

    @Test func everybodyIsTreatedAsPromised() async throws {
        let environment = ["ADMIN_SECOND_FACTOR": "required"]
        try await LiveShop.with(environment: environment) { shop in
            let people = try await MatrixPeople.move(into: shop.database)
            let operations = try await Self.operations(shop.client)
            #expect(Set(operations.map(\.name)) == Set(PermissionMatrix.rules.keys), "say in the table who may call it")
            try await withThrowingTaskGroup(of: [String].self) { group in
                for principal in PermissionMatrix.Principal.allCases {
                    group.addTask { try await Self.faults(principal, people, operations, shop.client) }
                }
                for try await faults in group {
                    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
                }
            }
        }
    }

    /// Where a principal is not treated as promised.
    private static func faults(
        _ principal: PermissionMatrix.Principal, _ people: MatrixPeople, _ operations: [Operation],
        _ client: TestClient
    ) async throws -> [String] {
        var faults: [String] = []
        for operation in operations {
            guard let rule = PermissionMatrix.rules[operation.name] else { continue }
            let promised = try #require(PermissionMatrix.verdict(rule, principal))
            let answer = try await ask(operation, people.token(principal, rule), client)
            guard verdict(answer) != promised else { continue }
            faults.append(
                "\(operation.name) by \(principal): \(answer.status) \(answer.code ?? "-"), not \(promised.code ?? "let through")"
            )
        }
        return faults
    }

    /// The table itself: each row judges every principal.
    @Test func everyRowIsComplete() {
        for rule in Set(PermissionMatrix.rules.values) {
            for principal in PermissionMatrix.Principal.allCases {
                #expect(PermissionMatrix.verdict(rule, principal) != nil, "\(rule) \(principal)")
            }
        }
    }
}
