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

    @Test func fieldsComeBackFromTheirLines() {
        #expect(StoredAnswer.decodeFields(answer.encodedFields) == answer.fields)
        #expect(StoredAnswer.decodeFields([]) == [])
        #expect(StoredAnswer.decodeFields(Array("broken".utf8)) == nil)
        #expect(StoredAnswer.decodeFields(Array("a:b".utf8)) == nil)
        #expect(StoredAnswer.decodeFields(Array("a: \n".utf8)) == [.init(name: "a", value: "")])
    }
}
