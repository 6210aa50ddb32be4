// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import LocalServices

struct ServiceDirectoryTests {
    @Test func findsTheParentThatIsClosedToOtherAccounts() async throws {
        try await withScratch { directory in
            let closed = directory.root + "/closed"
            let inside = closed + "/checkout"
            #expect(mkdir(closed, 0o755) == 0)
            #expect(mkdir(inside, 0o755) == 0)
            #expect(ServiceDirectory.firstClosedParent(of: inside) == nil)
            #expect(chmod(closed, 0o700) == 0)
            #expect(ServiceDirectory.firstClosedParent(of: inside) == closed)
        }
    }

    @Test func refusesASocketDirectoryThatIsNotOurs() async throws {
        try await withScratch { directory in
            #expect(symlink("/tmp", directory.root + "/redis") == 0)
            let error = #expect(throws: LocalServiceError.self) {
                try directory.prepareService("redis", user: .current())
            }
            #expect(error?.code == .directoryUnusable)
        }
    }

    @Test func oneOwnerAtATime() async throws {
        try await withScratch { directory in
            var first = try ServiceLock.take(in: directory)
            #expect(first != nil)
            #expect(try ServiceLock.take(in: directory) == nil)
            #expect(ServiceLock.owner(in: directory) == "\(getpid())")
            first = nil
            #expect(try ServiceLock.take(in: directory) != nil)
        }
    }

    @Test func keepsTheLastLinesOnly() {
        let log = LogTail(path: nil)
        for number in 0..<(LogTail.lineCountMax + 5) { _ = log.append("line \(number)\n".utf8) }
        #expect(log.recent.count == LogTail.lineCountMax)
        #expect(log.recent.first == "line 5")
        #expect(log.append("a\nb".utf8) == ["a"])
        #expect(log.append("c\n".utf8) == ["bc"])
        let long = String(repeating: "x", count: LogTail.lineBytesMax + 1)
        #expect(log.append((long + "\n").utf8).first?.utf8.count == LogTail.lineBytesMax)
    }
}
