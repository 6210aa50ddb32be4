// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ChangePassword {
    static let description = RouteDescription(
        tag: .accounts, summary: "Change the password",
        text: "Ends all other sessions. A wrong present password counts like a failed login.",
        body: .json(
            .object([
                .required("current_password", .string(length: 1...1024, example: "customer-demo-2026")),
                .required("password", UserSchema.password),
            ]).named("PasswordChange")),
        answers: [.empty(.noContent, "The password is changed.")], problems: [.invalidCredentials, .weakPassword])
}
