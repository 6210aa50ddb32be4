// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

/// Avatars.
extension AccountsFixture {
    /// Sends a picture as a form does; nil: a form without one.
    func upload(_ file: [UInt8]?, token: String?, key: String? = nil) async throws -> Answer {
        var body: [UInt8] = []
        if let file {
            body += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../me.svg\"\r\n\r\n".utf8
            body += file
            body += "\r\n".utf8
        }
        body += "--b--\r\n".utf8
        return try await send(
            .post, "/api/auth/profile/upload-avatar/", body, headers: ["Content-Type: multipart/form-data; boundary=b"],
            token: token, key: key)
    }

    /// A picture of somebody's; its id.
    func picture(_ shade: UInt8, of token: String) async throws -> String {
        let answer = try await upload(ColouredPNG.file(shade), token: token)
        #expect(answer.status == 201)
        return try #require(try answer.json["id"]?.string)
    }

    /// Names what is shown; nil: nothing.
    func show(_ picture: String?, token: String?) async throws -> Answer {
        let id = picture.map { "\"\($0)\"" } ?? "null"
        return try await call(.put, "/api/auth/profile/update/", "{\"avatar_image_id\":\(id)}", token: token)
    }

    /// The pictures that have no end, by their ids.
    func shown() async throws -> [String] {
        try await pool.query("select id from accounts.images where expires_at is null order by id").map {
            "\(ImageID(rawValue: try $0.int64(0)))"
        }
    }
}
