// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import Logging
import MarketCore

extension PaymentProvider {
    /// Makes the events of one occurrence and starts to send them. The caller has asked for room.
    ///
    /// The first sends go out one after the other, each when the one before it has been answered; retries do not hold up
    /// the next event.
    func emit(_ drafts: [EventDraft]) {
        guard !drafts.isEmpty else { return }
        let now = clock.now
        var events = drafts.map { draft in
            WebhookEvent(
                draft, id: ids.make(""), at: now, secret: webhooks.secret, faults: faults.drawEvent())
        }
        if faults.drawReorder() { events.reverse() }
        for event in events { webhooks.keep(event) }
        send(events, since: now, isReplay: false)
    }

    /// Sends a kept event again, whatever became of it: same id and octets, signed with the secret now in force, free of
    /// faults. Switches the address on.
    func replay(eventID: String) throws(ProviderError) -> WebhookEvent {
        let now = clock.now
        var event = try webhooks.replay(eventID, at: now)
        event.content = WebhookEvent.Content(event.content.body, secret: webhooks.secret)
        send([event], since: now, isReplay: true)
        return event
    }

    private func send(_ events: [WebhookEvent], since start: Timestamp, isReplay: Bool) {
        guard let address = configuration.webhookURL, webhooks.isEnabled else {
            let reason = configuration.webhookURL == nil ? "there is no webhook address" : "the address is switched off"
            for event in events { giveUp(event, reason) }
            return
        }
        startTask { provider in
            for event in events {
                await provider.sendFirst(event, to: address, since: start, isReplay: isReplay)
            }
        }
    }

    /// The first send of an event with the faults that befall it; without success, retries follow in a task of their own.
    private func sendFirst(
        _ event: WebhookEvent, to address: WebhookURL, since start: Timestamp, isReplay: Bool
    ) async {
        let faults = isReplay ? FaultPlan.Event() : event.faults
        if faults.isDropped { return giveUp(event, "dropped") }
        do {
            if faults.delay > .zero { try await clock.sleep(until: start + faults.delay) }
        } catch {
            return  // The sandbox ends.
        }
        let isAcknowledged = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<faults.copies {
                group.addTask { await self.attempt(event, event.content, 1, to: address, note: "duplicate") }
            }
            let isAcknowledged = await attempt(event, event.content, 1, to: address, note: nil)
            for await _ in group {}
            return isAcknowledged
        }
        if !isReplay, let other = event.otherContent {
            _ = await attempt(event, other, 1, to: address, note: "same_id_other_body")
        }
        guard !isAcknowledged else { return webhooks.set(event.id, .delivered) }
        startTask { provider in
            await provider.retry(event, to: address, since: start)
        }
    }

    private func retry(_ event: WebhookEvent, to address: WebhookURL, since start: Timestamp) async {
        do {
            for (index, offset) in RetrySchedule.offsets.enumerated() {
                try await clock.sleep(until: start + offset)
                // A replay may have brought it there meanwhile.
                guard webhooks.isWaiting(event.id) else { return }
                if await attempt(event, event.content, index + 2, to: address, note: nil) {
                    return webhooks.set(event.id, .delivered)
                }
            }
            try await clock.sleep(until: start + RetrySchedule.limit)
        } catch {
            return  // The sandbox ends.
        }
        guard webhooks.isWaiting(event.id) else { return }
        webhooks.isEnabled = false
        giveUp(event, "unacknowledged for a day: the address is switched off")
        logger.warning("webhooks are switched off: an event went unacknowledged for a day")
    }

    /// One call of the endpoint; true when it acknowledges.
    private func attempt(
        _ event: WebhookEvent, _ content: WebhookEvent.Content, _ number: Int, to address: WebhookURL, note: String?
    ) async -> Bool {
        var headers = [
            (name: "Content-Type", value: "application/json"), (name: "Accept-Encoding", value: "gzip"),
            (name: "x-razorpay-event-id", value: event.id), (name: "Request-Id", value: event.id),
        ]
        if let signature = content.signature { headers.append((name: "X-Razorpay-Signature", value: signature)) }
        var entry = CallLog.Entry(
            kind: .webhook, time: 0, method: "POST", target: address.description,
            headers: headers.map { ($0.name.lowercased(), $0.value) }, body: content.body, note: note,
            event: .init(id: event.id, name: event.name, attempt: number))
        do {
            try await slots.enter()
            let result: Result<HTTPClientResponse, any Error>
            do {
                result = .success(
                    try await client.send(
                        HTTPClientRequest(
                            method: "POST", url: address.description, headers: headers, body: content.body,
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

    private func giveUp(_ event: WebhookEvent, _ reason: String) {
        webhooks.set(event.id, .undelivered)
        record(
            CallLog.Entry(
                kind: .webhook, time: clock.now.milliseconds, method: "POST",
                target: configuration.webhookURL?.description ?? "", body: event.content.body, note: reason,
                event: .init(id: event.id, name: event.name, attempt: 0)))
    }
}
