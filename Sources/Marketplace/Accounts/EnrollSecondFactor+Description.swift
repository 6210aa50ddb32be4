// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension EnrollSecondFactor {
    static let description = RouteDescription(
        tag: .accounts, summary: "Begin to enrol a second factor",
        text: """
            Gives the secret of time-based codes (RFC 6238), also as the address that a QR code shows. It counts once \
            `POST /api/auth/mfa/verify/` has had a code of it.
            """,
        body: .json(
            .object([.required("password", .string(length: 1...1024, example: "customer-demo-2026"))])
                .named("SecondFactorEnrolment")),
        answers: [
            .json(
                .ok, "The secret.",
                .object(
                    [
                        .required(
                            "secret", .string(pattern: "^[A-Z2-7]{32}$", example: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")),
                        .required(
                            "uri",
                            .string(
                                example:
                                    "otpauth://totp/MVE:asha.rao%40example.in?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=MVE&algorithm=SHA1&digits=6&period=30"
                            )),
                    ], isClosed: true))
        ], problems: [.invalidCredentials, .illegalTransition])
}
