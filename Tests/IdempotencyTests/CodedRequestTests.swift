// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import HTTP

/// Requests that mean the same in other octets: forms with another boundary, bodies in another coding.
@Suite(.timeLimit(.minutes(2))) struct CodedRequestTests {
    typealias Fields = [(name: String, value: String)]

    /// A form with a field and a file, which waits on the disk when it is long.
    static func form(_ boundary: String, file: [UInt8], fileName: String = "photo.jpg") -> (
        octets: [UInt8], type: Fields
    ) {
        let start =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nMy photo\r\n"
            + "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(fileName)\"\r\n"
            + "Content-Type: image/jpeg\r\n\r\n"
        let octets = Array(start.utf8) + file + Array("\r\n--\(boundary)--\r\n".utf8)
        return (octets, [(name: "Content-Type", value: "multipart/form-data; boundary=\(boundary)")])
    }

    static func gzip(_ text: String) throws -> [UInt8] {
        let encoder = try #require(GzipEncoder())
        return try #require(encoder.encode(Array(text.utf8)))
    }

    static func plain(_ coded: [UInt8]) throws -> [UInt8] {
        var decoder = try GzipDecoder(limits: GzipLimits(decodedMax: 1 << 20))
        var plain: [UInt8] = []
        var consumed = 0
        try coded.withUnsafeBufferPointer { coded in
            while let block = try decoder.next(coded, &consumed) { plain += block }
        }
        try decoder.finish()
        return plain
    }

    @Test(arguments: [1, 2], [("/things/", 1000), ("/uploads/", 1000), ("/uploads/", 500_000)])
    func case46_anotherBoundaryIsTheSameAnotherOctetIsNot(servers: Int, place: (path: String, size: Int)) async throws {
        try await SmallShop.with(servers) { shop in
            func send(_ form: (octets: [UInt8], type: Fields), at server: SmallServer) async throws -> TestClient.Answer
            {
                try await server.client.send(
                    "POST", place.path, octets: form.octets, key: SmallShop.key, headers: form.type)
            }
            let file = (0..<place.size).map { UInt8(truncatingIfNeeded: $0 &* 31) | 1 }
            var changed = file
            changed[place.size / 2] ^= 2
            let first = try await send(Self.form("first-boundary", file: file), at: shop.first)
            #expect(first.status == 201 && !first.isReplay, "\(first.text)")
            if place.path == "/uploads/" {
                let onDisk = try first.json["on_disk"]?.int64
                #expect(onDisk == (place.size > 16 * 1024 ? 1 : 0))
            }
            let again = try await send(Self.form("0123456789", file: file), at: shop.other)
            #expect(again.isReplay && again.body == first.body)
            for form in [
                Self.form("first-boundary", file: changed), Self.form("first-boundary", file: Array(file.dropLast())),
                Self.form("first-boundary", file: file, fileName: "other.jpg"),
            ] {
                let other = try await send(form, at: shop.other)
                #expect(other.status == 409 && other.code == "idempotency-key-reused")
            }
            #expect(try await shop.effects() == 1)
        }
    }

    @Test(arguments: [1, 2], [true, false])
    func case47_aCodedBodyIsTheSameAsThePlainOne(servers: Int, codedFirst: Bool) async throws {
        try await SmallShop.with(servers) { shop in
            let text = "{\"sku\":\"A-1\",\"note\":\"\(String(repeating: "again ", count: 50))\"}"
            let coded = try Self.gzip(text)
            func send(_ isCoded: Bool, at server: SmallServer) async throws -> TestClient.Answer {
                try await server.client.send(
                    "POST", "/things/", octets: isCoded ? coded : Array(text.utf8), key: SmallShop.key,
                    headers: isCoded ? [(name: "Content-Encoding", value: "gzip")] : [])
            }
            let first = try await send(codedFirst, at: shop.first)
            #expect(first.status == 201 && !first.isReplay, "\(first.text)")
            let again = try await send(!codedFirst, at: shop.other)
            #expect(again.isReplay && again.body == first.body)
            #expect(try await shop.effects() == 1)
            let body = try await shop.database.sql("select body from small.effects;")
            #expect(body.contains("again again"))
        }
    }

    @Test(arguments: [1, 2], [true, false])
    func case48_theCodingOfTheAnswerIsNotStored(servers: Int, codedFirst: Bool) async throws {
        try await SmallShop.with(servers) { shop in
            func send(_ wantsCoded: Bool, at server: SmallServer) async throws -> TestClient.Answer {
                let answer = try await server.client.send(
                    "POST", "/long/", "{}", key: SmallShop.key,
                    headers: wantsCoded ? [(name: "Accept-Encoding", value: "gzip")] : [])
                #expect(answer.header("Content-Encoding") == (wantsCoded ? "gzip" : nil))
                #expect(answer.header("ETag") == (wantsCoded ? "\"v1-gzip\"" : "\"v1\""))
                #expect(answer.header("Vary") == "Accept-Encoding")
                return answer
            }
            let first = try await send(codedFirst, at: shop.first)
            let again = try await send(!codedFirst, at: shop.other)
            let coded = try await send(true, at: shop.other)
            #expect(first.status == 201 && !first.isReplay && again.isReplay && coded.isReplay)
            let (one, two) =
                codedFirst ? (try Self.plain(first.body), again.body) : (first.body, try Self.plain(again.body))
            #expect(one == two)
            let three = try Self.plain(coded.body)
            #expect(one == three)
            #expect(try await shop.effects() == 1)
        }
    }

    @Test(arguments: [1, 2]) func case49_anUploadCutOffLeavesTheKeyUnused(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let form = Self.form("b", file: [UInt8](repeating: 65, count: 200_000))
            let head =
                "POST /uploads/ HTTP/1.1\r\nHost: t\r\nUser-Agent: mve-tests\r\nIdempotency-Key: \(SmallShop.key)\r\n"
                + "Content-Type: \(form.type[0].value)\r\nContent-Length: \(form.octets.count)\r\n\r\n"
            do {
                let socket = try RawSocket(port: shop.first.port)
                try socket.send(head + String(decoding: form.octets[..<100_000], as: UTF8.self))
            }
            let whole = try await shop.other.client.send(
                "POST", "/uploads/", octets: form.octets, key: SmallShop.key, headers: form.type)
            #expect(whole.status == 201 && !whole.isReplay)
            #expect(try await shop.effects() == 1)
        }
    }

    @Test(arguments: [1, 2]) func case50_aCodedBodyOverTheLimitLeavesTheKeyFree(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let gzip: Fields = [(name: "Content-Encoding", value: "gzip")]
            // Short enough as it is sent.
            let large = try Self.gzip(String(repeating: "1", count: 2000))
            #expect(large.count <= 64)
            let refused = try await shop.first.client.send(
                "POST", "/small/", octets: large, key: SmallShop.key, headers: gzip)
            #expect(refused.status == 413)
            #expect(try await shop.rows() == 0)
            let small = try await shop.make(String(repeating: "1", count: 64), at: shop.other, "/small/")
            #expect(small.status == 201 && !small.isReplay)
        }
    }
}
