// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP
import Testing

@Suite struct SecretAnswersTests {
    private let answer = StoredAnswer(
        status: 200,
        fields: [.init(name: "content-type", value: "application/json"), .init(name: "set-cookie", value: "a=b: c")],
        body: Array(#"{"access":"secret"}"#.utf8))

    @Test func openWhatTheySealed() throws {
        let secrets = SecretAnswers(secret: try #require(SecretKey([UInt8](repeating: 1, count: 32))))
        let digest = IdempotencyScope.digest(internalRequest: 1)
        let sealed = secrets.seal(answer, digest: digest)
        #expect(sealed.status == 200)
        #expect(sealed.fields.isEmpty)
        #expect(!String(decoding: sealed.body, as: UTF8.self).contains("secret"))
        #expect(secrets.open(sealed, digest: digest) == answer)
        #expect(secrets.open(sealed, digest: IdempotencyScope.digest(internalRequest: 2)) == nil)
        #expect(secrets.open(answer, digest: digest) == nil)
    }

    @Test func fieldsComeBackFromTheirBytes() {
        func fields(_ bytes: [UInt8]) -> [StoredAnswer.Field]? {
            StoredAnswer(status: 200, fieldBytes: bytes, body: [])?.fields
        }
        #expect(fields(answer.fieldBytes) == answer.fields)
        #expect(fields([]) == [])
        #expect(fields([0]) == nil)
        #expect(fields([0, 1, 0, 0]) == nil)
        #expect(fields([0, 1, 0, 0, 97]) == [.init(name: "a", value: "")])
    }
}
