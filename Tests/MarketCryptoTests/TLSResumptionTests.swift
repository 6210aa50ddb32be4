// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Synchronization
import TestTLS
import Testing

@testable import MarketCrypto

/// Who resumes whose sessions, and for how long.
@Suite struct TLSResumptionTests {
    private let certificate: TestCertificate

    init() throws {
        certificate = try TestCertificate()
    }

    /// Seconds that a test moves on.
    private final class Clock: Sendable {
        private let seconds = Mutex<UInt64>(1_800_000_000)

        var now: UInt64 { seconds.withLock { $0 } }

        func advance(by count: UInt64) { seconds.withLock { $0 += count } }
    }

    /// Connects and says whether it resumed; the session to come back with.
    private func visit(
        _ context: TLSServerContext, _ version: Int32, with session: TLSTestClient.Session? = nil
    ) throws -> (isResumed: Bool, session: TLSTestClient.Session) {
        var offer = TLSTestClient.Offer(version: version)
        offer.session = session
        let pair = try TLSPair(context, TLSTestClient(offer, trusting: certificate))
        pair.talk()
        #expect(pair.server.isEstablished)
        #expect(pair.answer("welcome"))
        #expect(pair.client.received == Array("welcome".utf8))
        return (pair.client.isResumed, try #require(pair.client.session))
    }

    @Test("a session is resumed", arguments: [TLS1_2_VERSION, TLS1_3_VERSION]) func resumed(version: Int32) throws {
        let context = try TLSPair.context(certificate)
        let first = try visit(context, version)
        #expect(!first.isResumed)
        let second = try visit(context, version, with: first.session)
        #expect(second.isResumed)
        #expect(try visit(context, version, with: second.session).isResumed)
    }

    @Test("a renewed certificate resumes what an older one began", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func renewed(version: Int32) throws {
        let tickets = try TLSPair.tickets()
        let first = try visit(try TLSPair.context(certificate, tickets: tickets), version)
        #expect(try visit(try TLSPair.context(certificate, tickets: tickets), version, with: first.session).isResumed)
    }

    /// The secret opens nothing that was recorded: what it derives protects TLS 1.3 tickets alone.
    @Test("processes of one deployment resume each other's TLS 1.3 sessions, not those of TLS 1.2") func deployment()
        throws
    {
        for (version, isShared) in [(TLS1_3_VERSION, true), (TLS1_2_VERSION, false)] {
            let one = try TLSPair.context(certificate, tickets: TLSPair.tickets())
            let other = try TLSPair.context(certificate, tickets: TLSPair.tickets())
            let stranger = try TLSPair.context(certificate, tickets: TLSPair.tickets(secret: 8))
            let first = try visit(one, version)
            #expect(try visit(other, version, with: first.session).isResumed == isShared)
            let strange = try visit(one, version)
            #expect(try !visit(stranger, version, with: strange.session).isResumed)
        }
    }

    @Test(
        "ticket keys change, and the ones before are read for one epoch more",
        arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func rotation(version: Int32) throws {
        let clock = Clock()
        let context = try TLSPair.context(certificate, tickets: TLSPair.tickets { clock.now })
        let first = try visit(context, version)
        clock.advance(by: 12 * 3600)
        let second = try visit(context, version, with: first.session)
        #expect(second.isResumed)
        clock.advance(by: 12 * 3600)
        #expect(try visit(context, version, with: second.session).isResumed, "the second visit brought a new ticket")
        #expect(try !visit(context, version, with: first.session).isResumed)
        clock.advance(by: 48 * 3600)
        #expect(try !visit(context, version, with: second.session).isResumed)
    }

    @Test("names do not tell which key they stand for") func names() throws {
        let clock = Clock()
        let tickets = try TLSPair.tickets { clock.now }
        var names: Set<[UInt8]> = []
        for _ in 0..<4 {
            for isShared in [true, false] {
                let keys = tickets.current(isShared: isShared)
                #expect(keys.name.count == 16 && keys.cipher.count == 32 && keys.mac.count == 32)
                #expect(keys.cipher != keys.mac)
                names.insert(keys.name)
            }
            clock.advance(by: 12 * 3600)
        }
        #expect(names.count == 8)
    }
}
