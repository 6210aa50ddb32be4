// SPDX-License-Identifier: Apache-2.0
public import HTTP

extension JSONInput {
    /// Reads the member `expected_version`; what `If-Match` says goes before it.
    public mutating func expectedVersion(ifMatch: Int64?) -> Int64? {
        let own = optionalInt("expected_version", in: 1...Int.max).map { Int64($0) }
        return ifMatch ?? own
    }
}

extension Problem {
    /// 412 `version-conflict`: an object, such as `review`, has another version than was expected.
    public static func changedMeanwhile(_ object: String, version: Int64) -> Problem {
        Problem(
            .versionConflict, detail: "The \(object) has been changed meanwhile.",
            members: [("current_version", .int(version))])
    }
}
