// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

/// Logos.
extension SellersFixture {
    /// Sends a picture as a form does.
    func uploadLogo(_ file: [UInt8], by person: Person?, key: String? = nil) async throws -> Answer {
        var body = Array("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"logo.svg\"\r\n\r\n".utf8)
        body += file
        body += "\r\n--b--\r\n".utf8
        return try await send(
            .post, "/api/sellers/upload-logo/", body, by: person, key: key,
            headers: ["Content-Type: multipart/form-data; boundary=b"])
    }

    /// A picture of somebody's seller; its id.
    func logo(_ shade: UInt8, by person: Person) async throws -> String {
        let answer = try await uploadLogo(ColouredPNG.file(shade), by: person)
        #expect(answer.status == 201)
        return try #require(try answer.json["id"]?.string)
    }

    /// Names what is shown; nil: nothing.
    func show(_ logo: String?, by person: Person) async throws -> Answer {
        let id = logo.map { "\"\($0)\"" } ?? "null"
        return try await call(.put, "/api/sellers/update/", "{\"logo_image_id\":\(id)}", by: person)
    }

    /// The logos that have no end, by their ids.
    func shown() async throws -> [String] {
        try await pool.query("select id from sellers.images where expires_at is null order by id").map {
            "\(ImageID(rawValue: try $0.int64(0)))"
        }
    }
}
