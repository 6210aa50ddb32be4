// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// The events that are kept, the secret in force and whether the address is switched on.
struct WebhookBook: Sendable {
    private(set) var events = Shelf<WebhookEvent>()
    /// Signs events made from now on; those made before keep the signature of their time.
    var secret: String
    /// Off after an event went unacknowledged for a day; a replay switches it on again.
    var isEnabled = true
    private var waitingCount = 0
    /// Those that may go when there is no room; one that was replayed may wait again.
    private var settled = IDQueue()
    private let limits: SandboxLimits

    init(secret: String, limits: SandboxLimits) {
        self.secret = secret
        self.limits = limits
    }

    /// To be asked before anything that makes events.
    /// - Throws: 503 when as many wait as are kept.
    func requireRoom(for count: Int) throws(ProviderError) {
        guard hasRoom(for: count) else { throw .trouble(.serviceUnavailable) }
    }

    /// Whether that many more can wait.
    func hasRoom(for count: Int) -> Bool {
        waitingCount + count <= limits.events
    }

    /// Keeps an event that waits; a settled one may have to go for it.
    mutating func keep(_ event: WebhookEvent) {
        while events.count >= limits.events, let oldest = settled.popFirst() {
            if !isWaiting(oldest) { events[oldest] = nil }
        }
        events[event.id] = event
        waitingCount += 1
    }

    /// An event ends or begins to wait.
    mutating func set(_ id: String, _ state: WebhookEvent.State) {
        guard var event = events[id], event.state != state else { return }
        waitingCount += (state == .waiting ? 1 : 0) - (event.state == .waiting ? 1 : 0)
        event.state = state
        events[id] = event
        if state != .waiting { settled.append(id) }
    }

    /// An event is to be sent again, and waits.
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
        if event.state != .waiting { try requireRoom(for: 1) }
        event.replays.append(now)
        events[id] = event
        set(id, .waiting)
        isEnabled = true
        return event
    }

    func isWaiting(_ id: String) -> Bool {
        events[id]?.state == .waiting
    }
}
