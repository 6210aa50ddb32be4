// SPDX-License-Identifier: Apache-2.0

/// What an answer to `POST /api/orders/create/` means.
enum OrderOutcome: Equatable {
    case acknowledged(OrderAnswer)
    case refused(String)
    case inDoubt(String)

    init(_ answer: ResponseParser.Answer) {
        switch answer.status {
        case 200..<300:
            self = OrderAnswer(answer.body).map { .acknowledged($0) } ?? .inDoubt("unreadable-order")
        case 400..<500:
            let code = RefusalCode.of(answer)
            // Another request with this key is at work: nothing is decided.
            self = code == "idempotency-in-progress" ? .inDoubt(code) : .refused(code)
        default:
            self = .inDoubt(RefusalCode.of(answer))
        }
    }
}
