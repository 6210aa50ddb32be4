// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore

extension Schema {
    /// An address as a request gives it.
    public static let newAddress = Schema.object(
        addressProperties { $0.orNull } + [.optional("country", .choice(["IN"]).orNull)]
    ).named("NewAddress")

    /// An address as an order keeps it.
    public static let address = Schema.object(
        addressProperties { $0 } + [.required("country", .constant("IN"))], isClosed: true
    ).named("PostalAddress")

    /// What every postal address has.
    /// - Parameter optional: what becomes of a member that may be absent.
    public static func addressProperties(_ optional: (Schema) -> Schema) -> [Property] {
        [
            .required("name", .string(length: 1...120, example: "Asha Rao")),
            .required("phone", .phone), .required("line1", .string(length: 1...200, example: "12 Lake Road")),
            .optional("line2", optional(.string(length: 0...200, example: "Indiranagar"))),
            .required("city", .string(length: 1...120, example: "Bengaluru")),
            .required(
                "state_code", .choice(PostalAddress.states.sorted(), example: "KA").says("ISO 3166-2:IN.")),
            .required("postal_code", .string(pattern: "^[1-9][0-9]{5}$", example: "560001")),
            .optional("gstin", optional(.string(length: 15...15, example: "29AAGCB7383J1Z4"))),
        ]
    }

    /// A telephone number.
    public static let phone = Schema.string(pattern: #"^\+?[0-9]{7,15}$"#, example: "+919876543210")
}
