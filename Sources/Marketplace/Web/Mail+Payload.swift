// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto

/// A mail as its job holds it.
extension Mail {
    var payload: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("template", template.rawValue)
            switch recipient {
            case .user(let id): json.field("user", id.rawValue)
            case .address(let address, let name):
                json.field("address", address)
                json.field("name", name)
            }
            json.fieldIfPresent("locale", locale)
            json.object("data") { json in
                for (name, value) in data.sorted(by: { $0.key < $1.key }) {
                    json.key(dynamic: name)
                    json.value(value)
                }
            }
            if let token {
                json.object("token") { json in
                    json.field("purpose", token.purpose)
                    json.field("nonce", Base64URL.encode(token.nonce))
                    json.field("hash", Base64URL.encode(token.hash))
                }
            }
        }
        return json.bytes
    }

    /// Reads a job's payload; nil for one that we did not write, or a template that this version does not know.
    public init?(payload: [UInt8]) {
        guard let root = try? JSONDocument(parsing: payload).root,
            let template = root["template"]?.string.flatMap({ MailTemplate(rawValue: $0) })
        else { return nil }
        let recipient: Recipient
        if let id = root["user"]?.int64 {
            recipient = .user(UserID(rawValue: id))
        } else if let address = root["address"]?.string, let name = root["name"]?.string {
            recipient = .address(address, name: name)
        } else {
            return nil
        }
        var data: [String: String] = [:]
        for (name, value) in root["data"]?.members ?? [] { data[name] = value.string }
        var token: MailToken?
        if let sealed = root["token"] {
            guard let purpose = sealed["purpose"]?.string,
                let nonce = sealed["nonce"]?.string.flatMap({ Base64URL.decode($0) }),
                let hash = sealed["hash"]?.string.flatMap({ Base64URL.decode($0) })
            else { return nil }
            token = MailToken(purpose: purpose, nonce: nonce, hash: hash)
        }
        self.init(template, to: recipient, locale: root["locale"]?.string, data: data, token: token)
    }
}
