// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct IdempotencyKeyTests {
    private func read(_ value: String) -> Result<String, IdempotencyKeyError> {
        do throws(IdempotencyKeyError) {
            return .success(String(decoding: try IdempotencyKey(fieldValue: value).bytes, as: UTF8.self))
        } catch {
            return .failure(error)
        }
    }

    @Test(
        "reads bare values and structured-field strings alike",
        arguments: [
            ("abc", "abc"), ("\"abc\"", "abc"), ("\"a\\\"b\"", "a\"b"), ("\"a\\\\b\"", "a\\b"), ("a\"b", "a\"b"),
            ("a;b=1", "a;b=1"), ("\"a,b\"", "a,b"), ("!~", "!~"), ("7f0c-A", "7f0c-A"),
        ])
    func accepts(value: String, key: String) {
        #expect(read(value) == .success(key))
    }

    @Test(
        "refuses what is no key",
        arguments: [
            ("", IdempotencyKeyError.empty), ("\"\"", .empty), ("a b", .invalidCharacter),
            ("\"a b\"", .invalidCharacter),
            ("a\tb", .invalidCharacter), ("é", .invalidCharacter), ("a\u{0}", .invalidCharacter),
            ("a\rb", .invalidCharacter),
            ("a\u{7F}", .invalidCharacter), ("\"a\\x\"", .malformed), ("\"a", .malformed), ("\"", .malformed),
            ("\"a\";p=1", .malformed), ("\"a\", \"b\"", .malformed), ("\"a\\\"", .malformed), ("a,b", .malformed),
        ])
    func refuses(value: String, error: IdempotencyKeyError) {
        #expect(read(value) == .failure(error))
    }

    @Test func hasALength() {
        let longest = String(repeating: "k", count: 255)
        #expect(read(longest) == .success(longest))
        #expect(read("\"\(longest)\"") == .success(longest))
        #expect(read(longest + "k") == .failure(.tooLong))
        #expect(read("\"\(longest)k\"") == .failure(.tooLong))
    }

    @Test func isCaseSensitiveAndPrintsNothing() throws {
        let key = try IdempotencyKey(fieldValue: "ABC")
        #expect(try key != IdempotencyKey(fieldValue: "abc"))
        #expect("\(key)" == "IdempotencyKey(3 characters)")
    }
}
