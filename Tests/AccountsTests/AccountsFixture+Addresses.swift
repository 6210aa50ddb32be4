// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Testing

/// The address book.
extension AccountsFixture {
    /// A whole address.
    static let home =
        #""name":"Asha Rao","phone":"+91 98765 43210","line1":"12 Lake Road","city":"Bengaluru","state_code":"KA","postal_code":"560001""#

    func createAddress(_ token: String?, _ fields: String = home, key: String? = nil) async throws -> Answer {
        try await call(.post, "/api/addresses/create/", "{\(fields)}", token: token, key: key)
    }

    func updateAddress(
        _ token: String?, _ id: String, _ fields: String, headers: [String] = [], key: String? = nil
    ) async throws -> Answer {
        try await call(
            .put, "/api/addresses/update/", #"{"id":"\#(id)",\#(fields)}"#, headers: headers, token: token, key: key)
    }

    func deleteAddress(_ token: String?, _ id: String, key: String? = nil) async throws -> Answer {
        try await call(.post, "/api/addresses/delete/", #"{"id":"\#(id)"}"#, token: token, key: key)
    }

    func setDefaultAddress(
        _ token: String?, _ id: String, _ purpose: String, key: String? = nil
    ) async throws -> Answer {
        try await call(
            .post, "/api/addresses/set-default/", #"{"id":"\#(id)","for":"\#(purpose)"}"#, token: token, key: key)
    }

    func addresses(_ token: String?) async throws -> [JSONValue] {
        let answer = try await call(.get, "/api/addresses/list/", token: token)
        return try #require(try answer.json["data"]?.elements)
    }

    /// An address of somebody's; its id.
    func address(of token: String) async throws -> String {
        try #require(try await createAddress(token).json["id"]?.string)
    }
}
