// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketHTTP
import Testing

@testable import MarketApp

@Suite struct VersionRouteTests {
    @Test func saysWhichBuildAnswers() async throws {
        let answer = await Router([VersionRoute.route]).respond(to: "GET /api/version/ HTTP/1.1\r\nHost: a\r\n\r\n")
        let json = try JSONDocument(parsing: answer.body).root
        #expect(answer.status == .ok && json.members?.count == 3)
        #expect(json["version"]?.string == BuildVersion.number)
        #expect(json["commit"]?.string == BuildVersion.commit)
        #expect(json["commit"]?.isNull == (BuildVersion.commit == nil))
        #expect(json["api_versions"]?.elements?.compactMap(\.string) == APIVersions.all)
    }

    @Test(
        arguments: [
            ("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567\n", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"), ("", nil),
            ("HEAD\n", nil), ("0a1b2c3", nil), (nil, nil),
        ] as [(String?, String?)])
    func theCommitIsWhatTheBuildLeftBesideTheProgram(text: String?, expected: String?) throws {
        let directory = NSTemporaryDirectory() + "mve-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer {
            #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) }
        }
        try text?.write(toFile: directory + "/mve.commit", atomically: true, encoding: .utf8)
        #expect(BuildVersion.commit(beside: directory + "/mve") == expected)
    }
}
