// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// How the fields of sellers are read.
enum SellerFields {
    /// Places that goods are picked up from.
    static let addressesMax = 20

    static func bank(_ body: inout JSONInput) -> BankAccount {
        let holder = body.string("account_holder", length: 1...200)
        let number = body.parsed("account_number", length: 1...40, placeholder: "000000000") {
            BankAccount.isNumber($0) ? $0 : nil
        }
        let ifsc = body.parsed("ifsc", length: 1...20, placeholder: "") { BankAccount.isIFSC($0) ? $0 : nil }
        return BankAccount(number: number, ifsc: ifsc, holder: holder)
    }

    /// `{"name":…,"email":…,"phone":…}` as it is kept.
    static func contact(_ body: inout JSONInput) -> [UInt8] {
        let name = body.string("name", length: 1...200)
        let email = body.parsed("email", length: 3...254, placeholder: "") { isEmail($0) ? $0 : nil }
        let phone = body.parsed("phone", length: 7...16, placeholder: "") { PostalAddress.isPhone($0) ? $0 : nil }
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.field("name", name)
            json.field("email", email)
            json.field("phone", phone)
        }
        return json.bytes
    }

    /// One `@` between something and a name with a dot; whether a mail arrives, only a mail can tell.
    static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
            && !parts[1].hasSuffix(".")
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
    }

    static func address(_ input: inout JSONInput) -> PostalAddress {
        if let country = input.optionalString("country", length: 2...2), country != "IN" {
            input.fail("country", code: "invalid", message: "IN only")
        }
        let address = PostalAddress(
            name: input.string("name", length: 1...120),
            phone: input.parsed("phone", length: 7...16, placeholder: "") { PostalAddress.isPhone($0) ? $0 : nil },
            line1: input.string("line1", length: 1...200), line2: input.optionalString("line2", length: 0...200),
            city: input.string("city", length: 1...120),
            state: input.parsed("state_code", length: 2...2, placeholder: "") {
                PostalAddress.states.contains($0) ? $0 : nil
            },
            postalCode: input.parsed("postal_code", length: 6...6, placeholder: "") {
                PostalAddress.isPostalCode($0) ? $0 : nil
            }, gstin: input.optionalParsed("gstin", length: 15...15) { GSTIN($0)?.text })
        if !address.state.isEmpty, !address.postalCode.isEmpty,
            let fault = PINRegions.fault(of: address.postalCode, in: address.state)
        {
            input.fail("postal_code", code: "not-in-state", message: fault)
        }
        return address
    }

    /// Addresses as they are kept and shown.
    static func json(_ addresses: [PostalAddress]) -> [UInt8] {
        var json = JSONWriter(capacity: 256 * addresses.count)
        json.array { json in
            for address in addresses {
                json.object { json in
                    json.field("name", address.name)
                    json.field("phone", address.phone)
                    json.field("line1", address.line1)
                    json.fieldIfPresent("line2", address.line2)
                    json.field("city", address.city)
                    json.field("state_code", address.state)
                    json.field("postal_code", address.postalCode)
                    json.field("country", "IN")
                    json.fieldIfPresent("gstin", address.gstin)
                }
            }
        }
        return json.bytes
    }

    /// A name for addresses of pages: letters and digits of ASCII, hyphens between; at most 80.
    static func slug(_ name: String) -> String {
        var slug = ""
        for scalar in name.lowercased().unicodeScalars {
            if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                slug.unicodeScalars.append(scalar)
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
            if slug.utf8.count >= 80 { break }
        }
        while slug.last == "-" { slug.removeLast() }
        return slug.isEmpty ? "seller" : slug
    }
}

/// The ids and reasons that admins' acts have in common.
struct SellerActInput: Sendable {
    let id: SellerID
    let reasonCode: String?
    let note: String?

    /// - Parameter needsReason: whether code and note must be given.
    static func read(_ body: inout JSONInput, needsReason: Bool) throws -> SellerActInput {
        let text = body.string("id", length: 1...64)
        let code = needsReason ? body.reasonCode() : body.optionalReasonCode()
        let note = needsReason ? body.string("note", length: 1...2000) : body.optionalString("note", length: 0...2000)
        // Another kind of id names nothing.
        return SellerActInput(id: SellerID(text) ?? SellerID(rawValue: 0), reasonCode: code, note: note)
    }
}
