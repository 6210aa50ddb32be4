// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import Logging
import MarketCore

extension PaymentProvider {
    /// Makes the events of one occurrence and starts to send them. The caller has asked for room.
    ///
    /// To each address the first sends go out one after the other, each when the one before it has been answered; retries
    /// do not hold up the next event, nor does one address hold up another.
    func emit(_ drafts: [EventDraft]) {
        guard !drafts.isEmpty else { return }
        let now = clock.now
        var events = drafts.map { draft in
            WebhookEvent(
                draft, id: ids.make(""), at: now, to: webhooks.endpoints(of: draft),
                faults: faults.drawEvent(draft.name.rawValue))
        }
        if faults.drawReorder(drafts.map(\.name.rawValue)) { events.reverse() }
        for event in events { webhooks.keep(event) }
        send(events, since: now, isReplay: false)
    }

    /// Sends a kept event again, whatever became of it: same id and octets, signed with the secrets now in force, free of
    /// faults. Switches its addresses on.
    func replay(eventID: String) throws(ProviderError) -> WebhookEvent {
        let now = clock.now
        let event = try webhooks.replay(eventID, at: now)
        send([event], since: now, isReplay: true)
        return event
    }

    private func send(_ events: [WebhookEvent], since start: Timestamp, isReplay: Bool) {
        for event in events where event.deliveries.isEmpty { giveUp(event, at: nil, "there is no webhook address") }
        var addresses: [String] = []
        for delivery in events.flatMap(\.deliveries) where !addresses.contains(delivery.endpointID) {
            addresses.append(delivery.endpointID)
        }
        for address in addresses {
            startTask { provider in
                for event in events {
                    guard let delivery = event.deliveries.first(where: { $0.endpointID == address }) else { continue }
                    await provider.sendFirst(event, delivery, since: start, isReplay: isReplay)
                }
            }
        }
    }

    /// The address of a delivery, when something can be sent there.
    private func address(of delivery: WebhookEvent.Delivery) -> WebhookURL? {
        guard let endpoint = webhooks.endpoints[delivery.endpointID], endpoint.isActive else { return nil }
        return endpoint.url
    }

    /// The first send of an event with the faults that befall it; without success, retries follow in a task of their own.
    private func sendFirst(
        _ event: WebhookEvent, _ delivery: WebhookEvent.Delivery, since start: Timestamp, isReplay: Bool
    ) async {
        let endpoint = delivery.endpointID
        let faults = isReplay ? FaultPlan.Event() : event.faults
        if faults.isDropped { return giveUp(event, at: endpoint, "dropped") }
        do {
            if faults.delay > .zero { try await clock.sleep(until: start + faults.delay) }
        } catch {
            return  // The sandbox ends.
        }
        guard let address = address(of: delivery) else {
            return giveUp(event, at: endpoint, "the address is switched off")
        }
        let isAcknowledged = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<faults.copies {
                group.addTask {
                    await self.attempt(event, event.body, delivery.signature, 1, to: address, note: "duplicate")
                }
            }
            let isAcknowledged = await attempt(event, event.body, delivery.signature, 1, to: address, note: nil)
            for await _ in group {}
            return isAcknowledged
        }
        if !isReplay, let other = event.otherBody {
            _ = await attempt(event, other, delivery.otherSignature, 1, to: address, note: "same_id_other_body")
        }
        guard !isAcknowledged else { return webhooks.set(event.id, at: endpoint, .delivered) }
        startTask { provider in
            await provider.retry(event, delivery, since: start)
        }
    }

    private func retry(_ event: WebhookEvent, _ delivery: WebhookEvent.Delivery, since start: Timestamp) async {
        let endpoint = delivery.endpointID
        do {
            for (index, offset) in RetrySchedule.offsets.enumerated() {
                try await clock.sleep(until: start + offset)
                // A replay may have brought it there meanwhile.
                guard webhooks.isWaiting(event.id, at: endpoint) else { return }
                guard let address = address(of: delivery) else {
                    return giveUp(event, at: endpoint, "the address is switched off")
                }
                if await attempt(event, event.body, delivery.signature, index + 2, to: address, note: nil) {
                    return webhooks.set(event.id, at: endpoint, .delivered)
                }
            }
            try await clock.sleep(until: start + RetrySchedule.limit)
        } catch {
            return  // The sandbox ends.
        }
        guard webhooks.isWaiting(event.id, at: endpoint) else { return }
        webhooks.disable(endpoint, at: seconds)
        giveUp(event, at: endpoint, "unacknowledged for a day: the address is switched off")
        logger.warning("webhooks are switched off: an event went unacknowledged for a day")
    }

    /// One call of the endpoint; true when it acknowledges.
    private func attempt(
        _ event: WebhookEvent, _ body: [UInt8], _ signature: String?, _ number: Int, to address: WebhookURL,
        note: String?
    ) async -> Bool {
        var headers = [
            (name: "Content-Type", value: "application/json"), (name: "Accept-Encoding", value: "gzip"),
            (name: "x-razorpay-event-id", value: event.id), (name: "Request-Id", value: event.id),
        ]
        if let signature { headers.append((name: "X-Razorpay-Signature", value: signature)) }
        var entry = CallLog.Entry(
            kind: .webhook, time: 0, method: "POST", target: address.description,
            headers: headers.map { ($0.name.lowercased(), $0.value) }, body: body, note: note,
            event: .init(id: event.id, name: event.name, attempt: number))
        do {
            try await slots.enter()
            let result: Result<HTTPClientResponse, any Error>
            do {
                result = .success(
                    try await client.send(
                        HTTPClientRequest(
                            method: "POST", url: address.description, headers: headers, body: body,
                            timeout: configuration.webhookTimeout)))
            } catch {
                result = .failure(error)
            }
            await slots.leave()
            let response = try result.get()
            entry.status = response.status
            entry.answer = response.body
        } catch {
            entry.note = (note.map { $0 + "; " } ?? "") + "\(error)"
        }
        entry.time = clock.now.milliseconds
        record(entry)
        return entry.status.map { (200..<300).contains($0) } ?? false
    }

    private func giveUp(_ event: WebhookEvent, at endpointID: String?, _ reason: String) {
        if let endpointID { webhooks.set(event.id, at: endpointID, .undelivered) }
        record(
            CallLog.Entry(
                kind: .webhook, time: clock.now.milliseconds, method: "POST",
                target: endpointID.flatMap { webhooks.endpoints[$0] }?.url.description ?? "", body: event.body,
                note: reason, event: .init(id: event.id, name: event.name, attempt: 0)))
    }
}
