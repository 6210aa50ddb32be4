// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension VerifySecondFactor {
    static let description = RouteDescription(
        tag: .accounts, summary: "Enrol the second factor",
        text: """
            Takes a first code. From then on each login needs `otp`; all other sessions end. The recovery codes are shown this once; \
            each works once in place of a code.
            """,
        body: .json(
            .object([.required("code", .string(length: 1...16, example: "287082"))]).named("SecondFactorProof")),
        answers: [
            .json(
                .ok, "It is enrolled.",
                .object(
                    [
                        .required(
                            "recovery_codes",
                            .array(of: .string(pattern: "^[a-z0-9]{10}$", example: "k3m9x2p7qa")))
                    ], isClosed: true))
        ], problems: [.illegalTransition])
}
