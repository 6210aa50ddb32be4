// SPDX-License-Identifier: Apache-2.0

/// What a route says of itself to those who call it: what it is for, what it takes and every answer it gives.
///
/// ```swift
/// static let description = RouteDescription(
///     tag: "Orders", summary: "Read one order",
///     text: "By id or by number; another buyer's order is 404.",
///     parameters: [.query("id", .id(IDKinds.Order.self)), .query("number", orderNumber)],
///     answers: [.json(.ok, "The order.", order, headers: [.etag])], problems: [.notFound])
/// ```
/// A reference, so that a route that is copied for a request does not copy it.
public final class RouteDescription: Sendable {
    /// The group that it is shown in.
    public let tag: String
    /// A few words.
    public let summary: String
    /// Everything else that a caller must know, as Markdown.
    public let text: String
    /// Query parameters, and path and header parameters that only this route has.
    public let parameters: [RouteParameter]
    /// What the request carries; nil for nothing.
    public let body: RouteBody?
    /// Every answer that is no problem.
    public let answers: [RouteAnswer]
    /// The problems that only this route has; those of all routes are the conventions' business.
    public let problems: [Problem.Kind]

    /// Describes a route.
    public init(
        tag: String, summary: String, text: String, parameters: [RouteParameter] = [], body: RouteBody? = nil,
        answers: [RouteAnswer], problems: [Problem.Kind] = []
    ) {
        self.tag = tag
        self.summary = summary
        self.text = text
        self.parameters = parameters
        self.body = body
        self.answers = answers
        self.problems = problems
    }
}

/// A parameter of a request outside its body.
public struct RouteParameter: Sendable {
    /// Where it stands.
    public enum Place: String, Sendable {
        /// In the query.
        case query
        /// A header field.
        case header
        /// A segment of the path.
        case path
    }

    /// Its name.
    public let name: String
    /// Where it stands.
    public let place: Place
    /// What it is for, as Markdown.
    public let text: String
    /// What its value looks like; an array is a comma list.
    public let schema: Schema
    /// Whether it must be sent.
    public let isRequired: Bool

    /// A query parameter.
    public static func query(_ name: String, _ text: String, _ schema: Schema, isRequired: Bool = false) -> Self {
        Self(name: name, place: .query, text: text, schema: schema, isRequired: isRequired)
    }

    /// A header field of the request.
    public static func header(_ name: String, _ text: String, _ schema: Schema, isRequired: Bool = false) -> Self {
        Self(name: name, place: .header, text: text, schema: schema, isRequired: isRequired)
    }

    /// A segment of the path.
    public static func path(_ name: String, _ text: String, _ schema: Schema) -> Self {
        Self(name: name, place: .path, text: text, schema: schema, isRequired: true)
    }
}

/// The body of a request.
public struct RouteBody: Sendable {
    /// The media type.
    public let mediaType: String
    /// What it looks like.
    public let schema: Schema
    /// Whether there must be one.
    public let isRequired: Bool

    /// A JSON body.
    public static func json(_ schema: Schema, isRequired: Bool = true) -> Self {
        Self(mediaType: "application/json", schema: schema, isRequired: isRequired)
    }

    /// A form whose members are its parts.
    public static func multipart(_ schema: Schema) -> Self {
        Self(mediaType: "multipart/form-data", schema: schema, isRequired: true)
    }
}

/// An answer that is no problem.
public struct RouteAnswer: Sendable {
    /// The status.
    public let status: HTTPStatus
    /// When it is given.
    public let text: String
    /// What it carries, by media type; none for an answer without a body.
    public let contents: [(mediaType: String, schema: Schema)]
    /// Header fields worth naming.
    public let headers: [RouteHeader]

    /// An answer with these contents.
    public init(
        _ status: HTTPStatus, _ text: String, contents: [(mediaType: String, schema: Schema)],
        headers: [RouteHeader] = []
    ) {
        self.status = status
        self.text = text
        self.contents = contents
        self.headers = headers
    }

    /// A JSON answer.
    public static func json(_ status: HTTPStatus, _ text: String, _ schema: Schema, headers: [RouteHeader] = []) -> Self
    {
        Self(status, text, contents: [("application/json", schema)], headers: headers)
    }

    /// An answer without a body.
    public static func empty(_ status: HTTPStatus, _ text: String, headers: [RouteHeader] = []) -> Self {
        Self(status, text, contents: [], headers: headers)
    }
}

/// A header field of an answer.
public struct RouteHeader: Sendable {
    /// Its name.
    public let name: String
    /// What it tells, as Markdown.
    public let text: String
    /// What its value looks like.
    public let schema: Schema
    /// Whether every answer of the kind has it.
    public let isAlways: Bool

    /// A field.
    public init(_ name: String, _ text: String, _ schema: Schema, isAlways: Bool) {
        self.name = name
        self.text = text
        self.schema = schema
        self.isAlways = isAlways
    }
}
