// SPDX-License-Identifier: Apache-2.0
import HTTP

/// A refusal in the provider's form: every answer that is not 2xx has this body.
struct ProviderError: Error {
    /// What a client branches on.
    enum Code: String {
        /// The request is at fault: not to be repeated unchanged.
        case badRequest = "BAD_REQUEST_ERROR"
        /// The provider is at fault: to be repeated later.
        case server = "SERVER_ERROR"
    }

    var status: HTTPStatus = .badRequest
    var code = Code.badRequest
    var description: String
    var source = "business"
    var step = "payment_initiation"
    var reason = "input_validation_failed"
    /// The member or parameter at fault.
    var field: String?
    /// Ids that help, such as the order that has the receipt already.
    var metadata: [(name: String, value: String)] = []

    /// A member or parameter of the request is wrong.
    static func invalid(_ field: String, _ description: String) -> ProviderError {
        ProviderError(description: description, field: field)
    }

    /// The request fits, but not what it is about.
    static func refused(_ description: String, metadata: [(name: String, value: String)] = []) -> ProviderError {
        ProviderError(description: description, source: "NA", step: "NA", reason: "NA", metadata: metadata)
    }

    static let unauthorized = ProviderError(
        status: .unauthorized, description: "Authentication failed", source: "NA", step: "NA", reason: "NA")
    static let unknownID = ProviderError.refused("The id provided does not exist")
    static let unknownURL = ProviderError.refused("The requested URL was not found on the server.")
    /// An idempotency key was used for something else before.
    static let conflictingKey = ProviderError(
        status: .conflict, description: "Different request body sent for the same Idempotency Header", source: "NA",
        step: "NA", reason: "NA")
    static let throttled = ProviderError(
        status: .tooManyRequests, description: "Too many requests. Please try after some time.", source: "NA",
        step: "NA", reason: "NA")

    /// The provider's own trouble.
    static func trouble(_ status: HTTPStatus) -> ProviderError {
        ProviderError(
            status: status, code: .server,
            description: "We are facing some trouble completing your request at the moment. Please try again shortly.",
            source: "NA", step: "NA", reason: "server_error")
    }

    /// What a fault knob answers with.
    static func simulated(status: Int) -> ProviderError {
        if status >= 500 { return .trouble(HTTPStatus(status)) }
        if status == 429 { return .throttled }
        var error = ProviderError.refused("Request failed")
        error.status = HTTPStatus(status)
        return error
    }

    /// The error as an answer.
    var response: HTTPResponse {
        var response = HTTPResponse.json(self, status)
        if status == .unauthorized { response.headers.append(.authenticate("Basic realm=\"razorpay-sandbox\"")) }
        return response
    }
}

extension ProviderError: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("error") { json in
                json.field("code", code.rawValue)
                json.field("description", description)
                json.field("source", source)
                json.field("step", step)
                json.field("reason", reason)
                json.fieldIfPresent("field", field)
                json.object("metadata") { json in
                    for (name, value) in metadata {
                        json.key(dynamic: name)
                        json.value(value)
                    }
                }
            }
        }
    }
}
