// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What is to go wrong: the body of `POST /control/faults`. Each knob that is set applies with `probability`, drawn for
/// each event or call by itself.
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
    /// After the event another body goes out under its id, well signed.
    var sameIDOtherBody = false
    /// How the body is spelled; nil leaves the usual way.
    var escape: EscapeStyle?

    // Calls of the merchant.
    /// The status of the answer: below 500 the call is refused before it has an effect, from 500 on after it.
    var status: Int64?
    /// The connection is closed after the effect, without an answer.
    var closeAfterEffect = false
    /// How long the answer is held back after the effect, in milliseconds of the sandbox's clock.
    var answerDelay: Int64 = 0

    // Draws.
    /// 0…1.
    var probability = 1.0
    /// The same seed draws the same faults for the same events and calls.
    var seed: Int64 = 1

    /// Nothing goes wrong.
    init() {}

    private static let names = [
        "duplicate", "reorder", "drop", "delay_ms", "bad_signature", "same_id_other_body", "escape", "status",
        "close_after_effect", "answer_delay_ms", "probability", "seed",
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
        sameIDOtherBody = try fields.flag("same_id_other_body") ?? false
        escape = try fields.choice("escape", of: EscapeStyle.self)
        status = try fields.integer("status", in: 400...599)
        closeAfterEffect = try fields.flag("close_after_effect") ?? false
        answerDelay = try fields.integer("answer_delay_ms", in: 0...SandboxLimits.faultDelayMax) ?? 0
        probability = try fields.number("probability", in: 0...1) ?? 1
        seed = try fields.integer("seed", in: 0...Int64.max) ?? 1
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
            json.field("same_id_other_body", sameIDOtherBody)
            json.field("escape", escape?.rawValue)
            json.field("status", status)
            json.field("close_after_effect", closeAfterEffect)
            json.field("answer_delay_ms", answerDelay)
            json.key("probability")
            json.raw("\(probability)".utf8)
            json.field("seed", seed)
        }
    }
}
