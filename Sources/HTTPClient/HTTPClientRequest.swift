// SPDX-License-Identifier: Apache-2.0

/// One request to another server.
public struct HTTPClientRequest: Sendable {
    /// The user and password of the Basic scheme (RFC 7617).
    public struct BasicAuth: Sendable {
        /// Holds no colon.
        public var user: String
        /// Any text without a NUL.
        public var password: String

        /// Takes both as they are.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// A token in capitals, such as `GET`.
    public var method: String
    /// Absolute, `http` or `https`, without user, password and fragment, already percent-encoded.
    public var url: String
    /// In the order given; a name may repeat. `Content-Length` and `Host` are added.
    public var headers: [(name: String, value: String)]
    /// Sent as it is; nil for none.
    public var body: [UInt8]?
    /// From `send` to the last byte of the answer, waiting for a free connection included.
    public var timeout: Duration
    /// Sent at once, without waiting to be asked.
    public var basicAuth: BasicAuth?

    /// Takes the parts; nothing is checked before `send`.
    public init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        timeout: Duration = .seconds(10), basicAuth: BasicAuth? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.basicAuth = basicAuth
    }

    /// A request with a JSON body: adds `Content-Type: application/json`.
    public static func json(
        method: String, url: String, body: [UInt8], timeout: Duration = .seconds(10), basicAuth: BasicAuth? = nil
    ) -> HTTPClientRequest {
        HTTPClientRequest(
            method: method, url: url, headers: [("Content-Type", "application/json")], body: body, timeout: timeout,
            basicAuth: basicAuth)
    }
}

/// A whole answer.
public struct HTTPClientResponse: Sendable {
    /// 200…999.
    public var status: Int
    /// In the order received, names as the server spelled them, values without surrounding blanks.
    public var headers: [(name: String, value: String)]
    /// The whole body, unchanged.
    public var body: [UInt8]

    /// The first value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? {
        let lower = name.lowercased()
        return headers.first { $0.name.lowercased() == lower }?.value
    }
}
