// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The body of a webhook's creation or edit.
struct EndpointFields: Sendable {
    /// Other products have events too: they may be asked for, and never come.
    private static let otherProducts = [
        "subscription.", "invoice.", "qr_code.", "virtual_account.", "payout.", "payout_link.", "fund_account.",
        "account.", "transaction.", "product.",
    ]

    let url: WebhookURL?
    let secret: String?
    let alertEmail: String?
    let events: Set<String>?
    let isActive: Bool?

    init(_ fields: RequestFields) throws(ProviderError) {
        try fields.allow(only: ["url", "secret", "alert_email", "events", "active"])
        url = try fields.text("url", max: 255).map { (text) throws(ProviderError) in
            guard let url = WebhookURL(text) else {
                throw .invalid("url", "The url must be https, or http on this machine.")
            }
            return url
        }
        secret = try fields.text("secret", max: WebhookEndpoint.secretMax)
        alertEmail = try fields.text("alert_email", max: 255)
        events = try fields["events"].map { (value) throws(ProviderError) in try Self.names(value) }
        isActive = try fields.flag("active")
    }

    /// A list of names, or an object of flags.
    private static func names(_ value: JSONValue) throws(ProviderError) -> Set<String> {
        let names: [String?]
        if let elements = value.elements {
            names = elements.map(\.string)
        } else if let members = value.members {
            names = members.filter { _, flag in flag.bool == true || flag.int64 == 1 || flag.string == "1" }.map(\.name)
        } else {
            names = []
        }
        guard !names.isEmpty else { throw .invalid("events", "The events field is required.") }
        var known: Set<String> = []
        for name in names {
            guard let name,
                EventDraft.Name(rawValue: name) != nil || otherProducts.contains(where: { name.hasPrefix($0) })
            else { throw .invalid("events", "Invalid event name/names: \(name ?? "null")") }
            known.insert(name)
        }
        return known
    }
}
