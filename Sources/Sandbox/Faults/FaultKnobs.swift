// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What is to go wrong: the body of `POST /control/faults`. Each knob that is set applies with `probability`, drawn for
/// each event or call by itself, where `path`, `method` and `event` fit, and not more than `count` times.
struct FaultKnobs: Sendable {
    // Events.
    /// Further copies of an event, sent at the same time as the first.
    var duplicate: Int64 = 0
    /// The events of one occurrence are sent last first.
    var reorder = false
    /// The event is never sent, unless it is replayed.
    var drop = false
    /// How long an event is held back, in milliseconds of the sandbox's clock.
    var delay: Int64 = 0
    /// The signature is another key's.
    var badSignature = false
    /// The signature is that of the secret before the present one.
    var oldSecret = false
    /// After the event another body goes out under its id, well signed.
    var sameIDOtherBody = false
    /// How the body is spelled; nil leaves the usual way.
    var escape: EscapeStyle?
    /// In which order the body's members are; nil leaves the usual one.
    var keyOrder: KeyOrder?

    // Calls of the merchant.
    /// The status of the answer: below 500 the call is refused before it has an effect, from 500 on after it.
    var status: Int64?
    /// Whether the status comes after the effect, whatever it is.
    var statusAfterEffect: Bool?
    /// The connection is closed after the effect, without an answer.
    var closeAfterEffect = false
    /// How long the answer is held back after the effect, in milliseconds of the sandbox's clock.
    var answerDelay: Int64 = 0

    // What is concerned.
    /// The beginning of the paths of calls; nil: all.
    var path: String?
    /// The method of calls; nil: all.
    var method: String?
    /// The name of events, or its beginning before a `*`; nil: all.
    var event: String?
    /// How many events, and how many calls, something goes wrong with; nil: all.
    var count: Int64?

    // Draws.
    /// 0…1.
    var probability = 1.0
    /// The same seed draws the same faults for the same events and calls.
    var seed: Int64 = 1

    /// Nothing goes wrong.
    init() {}

    private static let names = [
        "duplicate", "reorder", "drop", "delay_ms", "bad_signature", "old_secret", "same_id_other_body", "escape",
        "key_order", "status", "after_effect", "close_after_effect", "answer_delay_ms", "path", "method", "event",
        "count", "probability", "seed",
    ]

    init(_ fields: RequestFields) throws(ProviderError) {
        try fields.allow(only: Self.names)
        if let flag = fields["duplicate"]?.bool {
            duplicate = flag ? 1 : 0
        } else {
            duplicate = try fields.integer("duplicate", in: 0...10) ?? 0
        }
        reorder = try fields.flag("reorder") ?? false
        drop = try fields.flag("drop") ?? false
        delay = try fields.integer("delay_ms", in: 0...SandboxLimits.faultDelayMax) ?? 0
        badSignature = try fields.flag("bad_signature") ?? false
        oldSecret = try fields.flag("old_secret") ?? false
        sameIDOtherBody = try fields.flag("same_id_other_body") ?? false
        escape = try fields.choice("escape", of: EscapeStyle.self)
        keyOrder = try fields.choice("key_order", of: KeyOrder.self)
        status = try fields.integer("status", in: 400...599)
        statusAfterEffect = try fields.flag("after_effect")
        closeAfterEffect = try fields.flag("close_after_effect") ?? false
        answerDelay = try fields.integer("answer_delay_ms", in: 0...SandboxLimits.faultDelayMax) ?? 0
        path = try fields.text("path", max: 256)
        method = try fields.text("method", max: 8)
        guard method.map({ HTTPMethod(rawValue: $0) != nil }) ?? true else {
            throw .invalid("method", "The method must be one of HTTP, in capital letters.")
        }
        event = try fields.text("event", max: 64)
        count = try fields.integer("count", in: 1...1_000_000)
        probability = try fields.number("probability", in: 0...1) ?? 1
        seed = try fields.integer("seed", in: 0...Int64.max) ?? 1
    }

    /// Whether an event is concerned.
    func concerns(event name: String) -> Bool {
        guard let event else { return true }
        return event.hasSuffix("*") ? name.hasPrefix(String(event.dropLast())) : name == event
    }

    /// Whether a call is concerned.
    func concerns(_ method: HTTPMethod, _ path: String) -> Bool {
        (self.path.map { path.hasPrefix($0) } ?? true) && (self.method.map { $0 == method.rawValue } ?? true)
    }
}

extension FaultKnobs: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("duplicate", duplicate)
            json.field("reorder", reorder)
            json.field("drop", drop)
            json.field("delay_ms", delay)
            json.field("bad_signature", badSignature)
            json.field("old_secret", oldSecret)
            json.field("same_id_other_body", sameIDOtherBody)
            json.field("escape", escape?.rawValue)
            json.field("key_order", keyOrder?.rawValue)
            json.field("status", status)
            json.field("after_effect", statusAfterEffect)
            json.field("close_after_effect", closeAfterEffect)
            json.field("answer_delay_ms", answerDelay)
            json.field("path", path)
            json.field("method", method)
            json.field("event", event)
            json.field("count", count)
            json.key("probability")
            json.raw("\(probability)".utf8)
            json.field("seed", seed)
        }
    }
}
