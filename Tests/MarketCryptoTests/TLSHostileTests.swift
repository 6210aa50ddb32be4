// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import TestTLS
import Testing

@testable import MarketCrypto

/// What is cut, changed or made up.
@Suite struct TLSHostileTests {
    private let context: TLSServerContext

    init() throws {
        context = try TLSPair.context(TestCertificate())
    }

    private static let versions = [TLS1_2_VERSION, TLS1_3_VERSION]

    @Test("a hello is the same wherever it is cut", arguments: versions) func splitHello(version: Int32) throws {
        let hello = try TLSTestClient(.init(version: version)).takeOutput()
        #expect(hello.count > 100)
        for cut in hello.indices {
            let pair = try TLSPair(context, TLSTestClient(.init(version: version)))
            let own = pair.client.takeOutput()
            #expect(own.count == hello.count)
            #expect(pair.receive(own[..<cut]).state == .open)
            #expect(pair.takeOutput().isEmpty, "nothing is said before the hello is whole")
            #expect(pair.receive(own[cut...]).state == .open)
            pair.client.receive(pair.takeOutput())
            #expect(pair.talk().state == .open)
            #expect(pair.client.isEstablished && pair.server.isEstablished)
        }
    }

    @Test("the whole conversation passes byte by byte", arguments: versions) func trickled(version: Int32) throws {
        let pair = try TLSPair(context, TLSTestClient(.init(version: version)))
        var heard: [UInt8] = []
        for step in ["", "", "", "one", "two"] {
            if pair.client.isEstablished { pair.client.send(Array(step.utf8)) }
            for byte in pair.client.takeOutput() {
                let received = pair.receive([byte])
                #expect(received.state == .open)
                heard += received.plain
            }
            for byte in pair.takeOutput() { pair.client.receive([byte]) }
        }
        #expect(heard == Array("onetwo".utf8))
    }

    @Test("more than fits at once comes whole and in order") func large() throws {
        let pair = try TLSPair(context, TLSTestClient())
        pair.talk()
        let text = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        pair.client.send(text)
        #expect(pair.talk().plain == text)
        #expect(text.withUnsafeBytes { pair.server.send($0) })
        pair.talk()
        #expect(pair.client.received == text)
    }

    /// The wire says no sooner what a record holds than that it is genuine.
    @Test("a changed byte ends it", arguments: versions) func changed(version: Int32) throws {
        let pair = try TLSPair(context, TLSTestClient(.init(version: version)))
        pair.talk()
        pair.client.send(Array("transfer 100".utf8))
        let record = pair.client.takeOutput()
        for index in record.indices.dropFirst(5) {
            let pair = try TLSPair(context, TLSTestClient(.init(version: version)))
            pair.talk()
            pair.client.send(Array("transfer 100".utf8))
            var record = pair.client.takeOutput()
            record[index] ^= 1
            let received = pair.receive(record)
            #expect(received.plain.isEmpty)
            guard case .failed = received.state else { return #expect(Bool(false), "a changed record was taken") }
            #expect(!pair.takeOutput().isEmpty, "the alert")
            #expect(pair.receive(record).plain.isEmpty)
            #expect(!pair.answer("an answer"))
        }
    }

    @Test("a record that came before the change is delivered") func goodBeforeBad() throws {
        let pair = try TLSPair(context, TLSTestClient())
        pair.talk()
        pair.client.send(Array("genuine".utf8))
        let genuine = pair.client.takeOutput()
        let received = pair.receive(genuine + genuine)
        #expect(received.plain == Array("genuine".utf8))
        guard case .failed = received.state else { return #expect(Bool(false), "a record was taken twice") }
    }

    @Test(
        "garbage is refused",
        arguments: [
            "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\u{16}\u{3}\u{1}\u{7f}\u{7f}" + String(repeating: "x", count: 40_000),
            String(repeating: "\0", count: 64), "SSH-2.0-OpenSSH_9.2\r\n", "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{28}",
            "\u{17}\u{3}\u{3}\u{0}\u{1}x",
        ])
    func garbage(text: String) throws {
        let pair = try TLSPair(context, TLSTestClient())
        let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        guard case .failed = pair.receive(bytes).state else { return #expect(Bool(false), "garbage was taken") }
        #expect(!pair.server.isEstablished)
    }

    /// Whatever a byte of the hello becomes, the session refuses it or agrees to something, and never traps.
    @Test("a damaged hello harms nobody", arguments: versions) func damagedHello(version: Int32) throws {
        var refused = 0
        let count = try TLSTestClient(.init(version: version)).takeOutput().count
        for index in 0..<count {
            for change in [UInt8(0xFF), 0x01, 0x80] {
                let pair = try TLSPair(context, TLSTestClient(.init(version: version)))
                var hello = pair.client.takeOutput()
                guard index < hello.count else { continue }
                hello[index] ^= change
                if case .failed = pair.receive(hello).state { refused += 1 }
                #expect(!pair.server.isEstablished)
            }
        }
        #expect(refused > 100)
    }

    @Test("an offer of protocols cannot be read past its end") func protocolLists() throws {
        // The whole hello is checked by OpenSSL before it asks us; the lists here come as they are.
        for list in [[], [0], [8], [9] + Array("http/1.1".utf8), [255], [2, 104], [0, 0, 0]] as [[UInt8]] {
            #expect(list.withUnsafeBufferPointer { ALPNOffer.indexOfHTTP11(in: $0) } == nil)
        }
        let good: [UInt8] = [2, 104, 50, 8] + Array("http/1.1".utf8)
        #expect(good.withUnsafeBufferPointer { ALPNOffer.indexOfHTTP11(in: $0) } == 4)
    }
}
