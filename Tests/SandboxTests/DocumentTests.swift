// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing
import UVRuntime

@testable import Sandbox

/// Uploads.
@Suite(.timeLimit(.minutes(1))) struct DocumentTests {
    static func upload(
        _ bench: SandboxBench, path: String = "/v1/documents", fileName: String = "proof.pdf",
        type: String? = "application/pdf", field: String = "purpose", content: String = "%PDF-1.7",
        contentType: String = "multipart/form-data; boundary=xyz"
    ) async throws -> SandboxBench.Answer {
        var body = "--xyz\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\ndispute_evidence\r\n"
        body += "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(fileName)\"\r\n"
        if let type { body += "Content-Type: \(type)\r\n" }
        body += "\r\n\(content)\r\n--xyz--\r\n"
        let request = HTTPClientRequest(
            method: "POST", url: bench.sandbox.url + path, headers: [(name: "Content-Type", value: contentType)],
            body: Array(body.utf8), timeout: .seconds(20),
            basicAuth: .init(user: SandboxBench.keyID, password: SandboxBench.keySecret))
        let response = try await bench.loop.run { try await bench.client.send(request) }
        return SandboxBench.Answer(
            status: response.status, headers: response.headers, text: String(decoding: response.body, as: UTF8.self),
            json: try JSONDocument(parsing: response.body).root)
    }

    @Test func isKeptWithoutItsOctets() async throws {
        try await withSandbox { bench in
            let document = try await Self.upload(bench)
            #expect(document.status == 200)
            #expect(document.id.hasPrefix("doc_"))
            #expect(document.json["purpose"]?.string == "dispute_evidence")
            #expect(document.json["name"]?.string == "proof.pdf")
            #expect(document.json["size"]?.int == 8)
            #expect(document.json["sha256"]?.string?.count == 64)
            #expect(try await bench.api("GET", "/v1/documents/\(document.id)").text == document.text)
            #expect(try await bench.api("GET", "/v1/documents/doc_0").status == 400)
        }
    }

    @Test func aClientMayLeaveTheTypeToTheName() async throws {
        try await withSandbox { bench in
            let document = try await Self.upload(bench, fileName: "Proof.JPG", type: nil)
            #expect(document.json["mime_type"]?.string == "image/jpeg")
        }
    }

    @Test func refusesWhatIsNoDocument() async throws {
        try await withSandbox { bench in
            let page = try await Self.upload(bench, type: "text/html")
            #expect(page.status == 400)
            #expect(try await Self.upload(bench, fileName: "proof", type: nil).status == 400)
            #expect(try await Self.upload(bench, field: "reason").errorText == "The purpose field is required.")
            #expect(try await Self.upload(bench, content: "").errorText == "The file field is required.")
            #expect(try await Self.upload(bench, contentType: "text/plain").status == 400)
            #expect(try await bench.api("POST", "/v1/documents", "{}").status == 400)
        }
    }

    @Test func theOldestGoes() async throws {
        try await withSandbox(configure: { $0.limits.documents = 1 }) { bench in
            let first = try await Self.upload(bench).id
            let second = try await Self.upload(bench).id
            #expect(try await bench.api("GET", "/v1/documents/\(first)").status == 400)
            #expect(try await bench.api("GET", "/v1/documents/\(second)").status == 200)
        }
    }
}
