// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import TestTLS
import Testing

/// What is said of files that cannot serve, and of those that soon cannot.
@Suite struct TLSServerContextTests {
    private let directory: TemporaryDirectory
    private let tickets: TLSTicketKeys

    init() throws {
        directory = try TemporaryDirectory()
        tickets = try TLSPair.tickets()
    }

    private func open(_ certificate: String, _ key: String) throws -> TLSServerContext {
        try TLSServerContext(certificate: certificate, key: key, tickets: tickets)
    }

    @Test func goodFilesHaveNoWarnings() throws {
        for key in [TestCertificate.Key.curve, .rsa(2048)] {
            let files = try TestCertificate(key: key).write(into: directory)
            #expect(try open(files.certificate, files.key).warnings == [])
        }
    }

    @Test func theChainIsSent() throws {
        let root = try TestCertificate("root", isAuthority: true)
        let between = try TestCertificate("between", issuer: root, isAuthority: true)
        let files = try TestCertificate("leaf", issuer: between).write(into: directory)
        let pair = try TLSPair(open(files.certificate, files.key), TLSTestClient(trusting: root))
        pair.talk()
        #expect(pair.client.isEstablished, "the client knows the root alone")
        #expect(pair.client.serverName == "leaf")
    }

    @Test func missingAndForeignFiles() throws {
        let files = try TestCertificate().write(into: directory)
        let nowhere = directory.path + "/nowhere.pem"
        #expect(throws: TLSFileError.unreadable(path: nowhere, reason: "No such file or directory")) {
            try open(nowhere, files.key)
        }
        #expect(throws: TLSFileError.unreadable(path: nowhere, reason: "No such file or directory")) {
            try open(files.certificate, nowhere)
        }
        #expect(throws: TLSFileError.unreadable(path: directory.path, reason: "it is not a file")) {
            try open(directory.path, files.key)
        }
        let vast = try directory.write("vast.pem", String(repeating: "x", count: 1024 * 1024 + 1))
        #expect(throws: TLSFileError.unreadable(path: vast, reason: "it is larger than 1 MiB")) {
            try open(vast, files.key)
        }
        #expect(throws: TLSFileError.noCertificate(path: files.key)) { try open(files.key, files.key) }
        #expect(throws: TLSFileError.noKey(path: files.certificate)) { try open(files.certificate, files.certificate) }
        let empty = try directory.write("empty.pem", "")
        #expect(throws: TLSFileError.noCertificate(path: empty)) { try open(empty, files.key) }
        #expect(throws: TLSFileError.noKey(path: empty)) { try open(files.certificate, empty) }
    }

    @Test func damagedFiles() throws {
        let certificate = try TestCertificate()
        let files = try certificate.write(into: directory)
        let cut = try directory.write("cut.pem", String(certificate.certificatePEM.dropLast(60)))
        #expect(throws: TLSFileError.noCertificate(path: cut)) { try open(cut, files.key) }
        let tail = try directory.write("tail.pem", certificate.certificatePEM + certificate.certificatePEM.dropLast(60))
        #expect(throws: TLSFileError.noCertificate(path: tail)) { try open(tail, files.key) }
        let key = try directory.write("cut-key.pem", String(certificate.keyPEM.dropLast(50)))
        #expect(throws: TLSFileError.noKey(path: key)) { try open(files.certificate, key) }
    }

    @Test func aForeignOrEncryptedKey() throws {
        let certificate = try TestCertificate()
        let files = try certificate.write(into: directory)
        let other = try directory.write("other.pem", try TestCertificate().keyPEM)
        #expect(throws: TLSFileError.mismatch(certificate: files.certificate, key: other)) {
            try open(files.certificate, other)
        }
        let rsa = try directory.write("rsa.pem", try TestCertificate(key: .rsa(2048)).keyPEM)
        #expect(throws: TLSFileError.mismatch(certificate: files.certificate, key: rsa)) {
            try open(files.certificate, rsa)
        }
        let encrypted = try directory.write("encrypted.pem", certificate.encryptedKeyPEM)
        #expect(throws: TLSFileError.encryptedKey(path: encrypted)) { try open(files.certificate, encrypted) }
    }

    @Test func aWeakKeyIsRefused() throws {
        let files = try TestCertificate(key: .rsa(1024)).write(into: directory)
        #expect(throws: TLSFileError.refused(path: files.certificate, reason: "ee key too small")) {
            try open(files.certificate, files.key)
        }
    }

    @Test(
        "warns about dates",
        arguments: [
            (-30 ... -1, "has expired"), (1...30, "is not valid yet"), (-30...5, "expires in 5 days"),
            (-30...0, "has expired"),
        ])
    func dates(days: ClosedRange<Int>, words: String) throws {
        let files = try TestCertificate(days: days).write(into: directory)
        let warnings = try open(files.certificate, files.key).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(words.replacing("5 days", with: "")) == true, "\(warnings)")
    }

    @Test func warnsOfAKeyThatEverybodyMayRead() throws {
        let certificate = try TestCertificate()
        let files = try certificate.write(into: directory)
        let key = try directory.write("open.pem", certificate.keyPEM, mode: 0o644)
        #expect(
            try open(files.certificate, key).warnings == ["every account of this machine can read the key in \(key)"])
    }
}
