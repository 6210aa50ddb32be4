// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The fields of an address as a body brings them; nil where it says nothing.
struct AddressInput: Sendable {
    var label: ProfileChange.Clearable<String>
    var name: String?
    var phone: String?
    var line1: String?
    var line2: ProfileChange.Clearable<String>
    var city: String?
    var state: String?
    var postalCode: String?
    var gstin: ProfileChange.Clearable<String>
    var isDefaultShipping: Bool?
    var isDefaultBilling: Bool?

    /// Reads the fields that are there; those that an address must have are asked for by `isComplete`.
    static func read(_ body: inout JSONInput, isComplete: Bool) -> AddressInput {
        func text(_ name: StaticString, _ length: ClosedRange<Int>) -> String? {
            isComplete
                ? body.trimmedString(name, length: length) : body.optionalTrimmedString(name, length: length)
        }
        func parsed(_ name: StaticString, _ length: ClosedRange<Int>, _ parse: (String) -> String?) -> String? {
            isComplete
                ? body.parsed(name, length: length, placeholder: "", parse)
                : body.optionalParsed(name, length: length, parse)
        }
        let input = AddressInput(
            label: .init(
                isGiven: body.contains("label"), value: body.optionalTrimmedString("label", length: 1...60)),
            name: text("name", 1...120), phone: parsed("phone", 1...32) { AccountFields.phone($0) },
            line1: text("line1", 1...200),
            line2: .init(
                isGiven: body.contains("line2"), value: body.optionalTrimmedString("line2", length: 1...200)),
            city: text("city", 1...120),
            state: parsed("state_code", 2...2) { PostalAddress.states.contains($0) ? $0 : nil },
            postalCode: parsed("postal_code", 6...6) { PostalAddress.isPostalCode($0) ? $0 : nil },
            gstin: .init(
                isGiven: body.contains("gstin"),
                value: body.optionalParsed("gstin", length: 15...15) { GSTIN($0)?.text }),
            isDefaultShipping: body.optionalBool("is_default_shipping"),
            isDefaultBilling: body.optionalBool("is_default_billing"))
        if let country = body.optionalString("country", length: 2...2), country != "IN" {
            body.fail("country", code: "invalid", message: "IN only")
        }
        return input
    }

    /// The address of a body that has all of it.
    var postal: PostalAddress {
        PostalAddress(
            name: name ?? "", phone: phone ?? "", line1: line1 ?? "", line2: line2.value, city: city ?? "",
            state: state ?? "", postalCode: postalCode ?? "", gstin: gstin.value)
    }

    /// An address with the fields that are given in place of its own.
    func applied(to old: PostalAddress) -> PostalAddress {
        PostalAddress(
            name: name ?? old.name, phone: phone ?? old.phone, line1: line1 ?? old.line1,
            line2: line2.isGiven ? line2.value : old.line2, city: city ?? old.city, state: state ?? old.state,
            postalCode: postalCode ?? old.postalCode, gstin: gstin.isGiven ? gstin.value : old.gstin)
    }

    /// Refuses a PIN code that is not one of the state.
    static func check(_ address: PostalAddress) throws {
        guard let fault = PINRegions.fault(of: address.postalCode, in: address.state) else { return }
        throw Problem(
            .validationFailed, detail: "The PIN code is not one of the state.",
            errors: [
                .init(pointer: "/postal_code", code: "not-in-state", message: fault)
            ])
    }
}
