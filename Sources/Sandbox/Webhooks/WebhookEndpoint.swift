// SPDX-License-Identifier: Apache-2.0
import HTTP

/// An address that events are sent to.
struct WebhookEndpoint: Sendable {
    /// The one that the sandbox was started with.
    static let configuredID = "SbxConfigured1"
    /// The provider's form takes no more.
    static let secretMax = 128

    let id: String
    /// Whose events: the platform's own get those of its linked accounts too.
    let accountID: String
    /// Unix seconds.
    let createdAt: Int64
    var updatedAt: Int64
    var url: WebhookURL
    /// Signs events made from now on; those made before keep the signature of their time.
    private(set) var secret: String
    private(set) var previousSecret: String?
    /// nil: all.
    var events: Set<String>?
    var alertEmail: String?
    /// Off after an event went unacknowledged for a day, until a replay or an edit.
    var isActive = true
    /// Unix seconds.
    var disabledAt: Int64 = 0

    init(id: String, account: String, url: WebhookURL, secret: String, at now: Int64) {
        self.id = id
        accountID = account
        self.url = url
        self.secret = secret
        createdAt = now
        updatedAt = now
    }

    mutating func rotate(to secret: String) {
        previousSecret = self.secret
        self.secret = secret
    }

    /// Whether an event goes there.
    func takes(_ draft: EventDraft) -> Bool {
        takes(name: draft.name.rawValue, account: draft.accountID)
    }

    func takes(name: String, account: String) -> Bool {
        (accountID == EventDraft.accountID || accountID == account) && events?.contains(name) ?? true
    }
}

/// An address as its API shows it: `/v1` has an object of events, `/v2` a list.
struct ShownEndpoint: JSONWritable {
    let endpoint: WebhookEndpoint
    let listsEvents: Bool

    func write(to json: inout JSONWriter) {
        let events = (endpoint.events ?? Set(EventDraft.Name.allCases.map(\.rawValue))).sorted()
        json.object { json in
            json.field("id", endpoint.id)
            json.field("entity", "webhook")
            json.field("created_at", endpoint.createdAt)
            json.field("updated_at", endpoint.updatedAt)
            json.field("owner_id", endpoint.accountID)
            json.field("owner_type", "merchant")
            json.array("context") { _ in }
            json.field("disabled_at", endpoint.disabledAt)
            json.field("url", endpoint.url.description)
            json.field("alert_email", endpoint.alertEmail)
            json.field("secret_exists", !endpoint.secret.isEmpty)
            json.field("active", endpoint.isActive)
            if listsEvents {
                json.field("events", events)
            } else {
                json.object("events") { json in
                    for name in events {
                        json.key(dynamic: name)
                        json.value(true)
                    }
                }
            }
        }
    }
}
