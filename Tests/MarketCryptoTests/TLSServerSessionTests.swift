// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import MarketCrypto
import TestTLS
import Testing

/// What is agreed and what is refused, against OpenSSL as the client.
@Suite struct TLSServerSessionTests {
    private let certificate: TestCertificate
    private let context: TLSServerContext

    init() throws {
        certificate = try TestCertificate()
        context = try TLSPair.context(certificate)
    }

    private func pair(_ offer: TLSTestClient.Offer = .init()) throws -> TLSPair {
        try TLSPair(context, TLSTestClient(offer, trusting: certificate))
    }

    @Test("speaks TLS 1.2 and 1.3", arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
    func speaks(version: Int32, name: String) throws {
        let pair = try pair(.init(version: version))
        pair.client.send(Array("too early".utf8))
        #expect(pair.talk().state == .open)
        #expect(pair.client.isEstablished && pair.server.isEstablished)
        #expect(pair.client.version == name)
        pair.client.send(Array("a question".utf8))
        #expect(pair.talk().plain == Array("a question".utf8))
        #expect(pair.answer("an answer"))
        #expect(pair.client.received == Array("an answer".utf8))
        #expect(pair.client.hasEnded, "close_notify has come")
        pair.client.close()
        #expect(pair.talk().state == .ended)
        #expect(!pair.answer("more"), "nothing is sent after close_notify")
    }

    @Test("takes the newest of what is offered") func newest() throws {
        let pair = try pair()
        pair.talk()
        #expect(pair.client.version == "TLSv1.3")
        #expect(pair.client.cipher == "TLS_AES_128_GCM_SHA256")
    }

    @Test("refuses what is older than TLS 1.2", arguments: [TLS1_VERSION, TLS1_1_VERSION])
    func older(version: Int32) throws {
        let pair = try pair(.init(version: version))
        guard case .failed = pair.talk().state else { return #expect(Bool(false), "an old version was taken") }
        #expect(pair.client.failure?.contains("protocol version") == true)
        #expect(!pair.server.isEstablished)
        #expect(!pair.answer("an answer"))
    }

    /// Every suite that this OpenSSL knows is offered alone: the accepted ones are exactly the declared ones.
    @Test("accepts the declared cipher suites and no other") func suites() throws {
        let rsa = try TestCertificate(key: .rsa(2048))
        let contexts = [(certificate, context), (rsa, try TLSPair.context(rsa))]
        var accepted: Set<String> = []
        var tried = 0
        for name in Self.knownSuites(newer: false) {
            var offer = TLSTestClient.Offer(version: TLS1_2_VERSION)
            offer.ciphers = name
            for (certificate, context) in contexts {
                let pair = try TLSPair(context, TLSTestClient(offer, trusting: certificate))
                pair.talk()
                tried += 1
                if pair.server.isEstablished { accepted.insert(pair.client.cipher) }
            }
        }
        #expect(tried > 2 * 50)
        #expect(accepted == Set(TLSServerContext.olderSuites))
        var newer: Set<String> = []
        for name in Self.knownSuites(newer: true) {
            var offer = TLSTestClient.Offer(version: TLS1_3_VERSION)
            offer.suites = name
            let pair = try pair(offer)
            pair.talk()
            if pair.server.isEstablished { newer.insert(pair.client.cipher) }
        }
        #expect(newer == Set(TLSServerContext.suites))
    }

    private static func knownSuites(newer: Bool) -> [String] {
        if newer {
            return TLSServerContext.suites + ["TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]
        }
        let context = SSL_CTX_new(TLS_client_method())
        defer { SSL_CTX_free(context) }
        SSL_CTX_set_cipher_list(context, "ALL:COMPLEMENTOFALL:@SECLEVEL=0")
        let list = SSL_CTX_get_ciphers(context)
        return (0..<OPENSSL_sk_num(list)).compactMap { index in
            guard let cipher = OPENSSL_sk_value(list, index) else { return nil }
            let name = String(cString: SSL_CIPHER_get_name(OpaquePointer(cipher)))
            return name.hasPrefix("TLS_") ? nil : name
        }
    }

    @Test(
        "exchanges keys on X25519 and P-256 only",
        arguments: [("X25519", true), ("P-256", true), ("P-384", false), ("P-521", false), ("X448", false)])
    func groups(name: String, isTaken: Bool) throws {
        // In TLS 1.2 the list speaks of the certificate's curve too, which RSA has none of.
        let certificate = try TestCertificate(key: .rsa(2048))
        let context = try TLSPair.context(certificate)
        for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
            var offer = TLSTestClient.Offer(version: version)
            offer.groups = name
            let pair = try TLSPair(context, TLSTestClient(offer, trusting: certificate))
            pair.talk()
            #expect(pair.server.isEstablished == isTaken)
        }
    }

    @Test(
        "speaks HTTP/1.1 and nothing else",
        arguments: [
            ([], nil), (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (["http/1.1", "h2"], "http/1.1"),
        ] as [([String], String?)])
    func protocols(offered: [String], chosen: String?) throws {
        var offer = TLSTestClient.Offer()
        offer.protocols = offered
        let pair = try pair(offer)
        pair.talk()
        #expect(pair.client.isEstablished)
        #expect(pair.client.chosenProtocol == chosen)
    }

    @Test(
        "refuses a client that offers other protocols only",
        arguments: [["h2"], ["http/1.0"], ["h3", "h2"], ["http/1.10"], ["http/1."]])
    func otherProtocols(offered: [String]) throws {
        for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
            var offer = TLSTestClient.Offer(version: version)
            offer.protocols = offered
            let pair = try pair(offer)
            pair.talk()
            #expect(pair.client.failure?.contains("no application protocol") == true)
            #expect(!pair.server.isEstablished)
        }
    }

    @Test("does not renegotiate") func renegotiation() throws {
        let pair = try pair(.init(version: TLS1_2_VERSION))
        pair.talk()
        pair.client.changeKeys()
        pair.talk()
        #expect(pair.client.failure?.contains("no renegotiation") == true)
    }

    @Test("changes the keys of TLS 1.3 when asked") func keyUpdate() throws {
        let pair = try pair(.init(version: TLS1_3_VERSION))
        pair.talk()
        for round in 0..<5 {
            pair.client.changeKeys()
            let text = Array("round \(round)".utf8)
            pair.client.send(text)
            let heard = pair.talk()
            #expect(heard.plain == text)
            #expect(heard.state == .open)
        }
        #expect(pair.answer("an answer"))
        #expect(pair.client.received == Array("an answer".utf8))
    }
}
