// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// The addresses, and the events that are kept.
struct WebhookBook: Sendable {
    var endpoints = Shelf<WebhookEndpoint>()
    private(set) var events = Shelf<WebhookEvent>()
    private var waitingCount = 0
    /// Those that may go when there is no room; one that was replayed may wait again.
    private var settled = IDQueue()
    private let limits: SandboxLimits

    init(limits: SandboxLimits) {
        self.limits = limits
    }

    // MARK: Addresses

    mutating func add(_ endpoint: WebhookEndpoint) throws(ProviderError) {
        guard endpoints.count < limits.webhookEndpoints else {
            throw .refused("There can be no more than \(limits.webhookEndpoints) webhooks.")
        }
        endpoints[endpoint.id] = endpoint
    }

    /// The addresses of an event, oldest first.
    func endpoints(of draft: EventDraft) -> [WebhookEndpoint] {
        endpoints.newestFirst.filter { $0.takes(draft) }.reversed()
    }

    /// Nothing is sent there until somebody switches it on again.
    mutating func disable(_ endpointID: String, at now: Int64) {
        endpoints[endpointID]?.isActive = false
        endpoints[endpointID]?.disabledAt = now
    }

    // MARK: Events

    /// To be asked before anything that makes events.
    /// - Throws: 503 when as many wait as are kept.
    func requireRoom(for count: Int) throws(ProviderError) {
        guard hasRoom(for: count) else { throw .trouble(.serviceUnavailable) }
    }

    /// Whether that many more can wait.
    func hasRoom(for count: Int) -> Bool {
        waitingCount + count <= limits.events
    }

    /// Keeps an event; a settled one may have to go for it.
    mutating func keep(_ event: WebhookEvent) {
        while events.count >= limits.events, let oldest = settled.popFirst() {
            if events[oldest]?.isWaiting == false { events[oldest] = nil }
        }
        events[event.id] = event
        if event.isWaiting { waitingCount += 1 } else { settled.append(event.id) }
    }

    /// A delivery ends.
    mutating func set(_ id: String, at endpointID: String, _ state: WebhookEvent.State) {
        guard var event = events[id], let index = event.deliveries.firstIndex(where: { $0.endpointID == endpointID })
        else { return }
        let isWaiting = event.isWaiting
        event.deliveries[index].state = state
        update(event, wasWaiting: isWaiting)
    }

    /// An event is to be sent again to every address that takes it now, signed with the secrets of now, and waits.
    ///
    /// - Throws: when it is unknown, too old or was replayed too often; 503 when as many wait as are kept.
    mutating func replay(_ id: String, at now: Timestamp) throws(ProviderError) -> WebhookEvent {
        guard var event = events[id] else { throw .unknownID }
        guard now - event.createdAt <= WebhookEvent.replayAgeMax else {
            throw .refused("An event can be replayed for seven days.")
        }
        event.replays.removeAll { now - $0 >= .seconds(86_400) }
        guard event.replays.count < WebhookEvent.replaysMax else {
            throw .refused("An event can be replayed \(WebhookEvent.replaysMax) times a day.")
        }
        let wasWaiting = event.isWaiting
        if !wasWaiting { try requireRoom(for: 1) }
        event.replays.append(now)
        let takers = endpoints.newestFirst.filter { $0.takes(name: event.name, account: event.accountID) }.reversed()
        event.deliveries = takers.map { WebhookEvent.Delivery(event.body, to: $0) }
        for endpoint in takers {
            endpoints[endpoint.id]?.isActive = true
            endpoints[endpoint.id]?.disabledAt = 0
        }
        update(event, wasWaiting: wasWaiting)
        return event
    }

    func isWaiting(_ id: String, at endpointID: String) -> Bool {
        events[id]?.deliveries.contains { $0.endpointID == endpointID && $0.state == .waiting } ?? false
    }

    private mutating func update(_ event: WebhookEvent, wasWaiting: Bool) {
        events[event.id] = event
        guard event.isWaiting != wasWaiting else { return }
        waitingCount += event.isWaiting ? 1 : -1
        if !event.isWaiting { settled.append(event.id) }
    }
}
