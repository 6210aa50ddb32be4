// SPDX-License-Identifier: Apache-2.0

/// What an answer's body is read from, piece by piece: each when the one before has left.
public protocol BodySource: AnyObject, Sendable {
    /// Octets at `offset`; fewer than `count` only at the end. Blocks: it is called by a worker thread.
    func read(at offset: Int, count: Int) throws -> [UInt8]
}

extension HTTPResponse {
    /// An answer whose body is read while it is sent.
    ///
    /// - Parameter size: octets of the body. Where the source has fewer, or fails, the client sees a broken connection.
    public init(
        _ status: HTTPStatus = .ok, contentType: HTTPContentType, headers: [HTTPHeader] = [],
        source: any BodySource, size: Int
    ) {
        self.init(status, contentType: contentType, headers: headers)
        file = FileBody(content: source, range: 0..<size)
    }

    /// The field that has a body saved under a name, whatever is in it.
    public static func savedAs(_ name: String) -> HTTPHeader {
        HTTPHeader("Content-Disposition", FileRoot.attachment(name))
    }
}
