// SPDX-License-Identifier: Apache-2.0

/// The media types of request bodies that are read by a grammar of their own.
enum BodyMedia {
    /// - Throws: `Problem` 415 unless the body is a form, 400 for a repeated or malformed Content-Type.
    static func requireForm(_ head: RequestHead) throws(Problem) {
        guard try type(head)?.isNamed("application/x-www-form-urlencoded") == true else {
            throw Problem(.unsupportedMediaType, detail: "The body must be application/x-www-form-urlencoded.")
        }
    }

    /// The boundary of a multipart form.
    ///
    /// - Throws: `Problem` 415 for another media type, 400 for a repeated or malformed Content-Type or boundary.
    static func boundary(_ head: RequestHead) throws(Problem) -> MultipartBoundary {
        try boundary(try type(head))
    }

    /// The boundary that a field value names.
    ///
    /// - Throws: as `boundary(_:)` of a head.
    static func boundary(contentType: String) throws(Problem) -> MultipartBoundary {
        try boundary(try type(Array(contentType.utf8)[...]))
    }

    private static func boundary(_ type: ParameterList?) throws(Problem) -> MultipartBoundary {
        guard let type, type.isNamed("multipart/form-data") else {
            throw Problem(.unsupportedMediaType, detail: "The body must be multipart/form-data.")
        }
        guard let boundary = type["boundary"].flatMap(MultipartBoundary.init) else {
            throw Problem(.malformedRequest, detail: "The boundary is missing or malformed.")
        }
        return boundary
    }

    private static func type(_ head: RequestHead) throws(Problem) -> ParameterList? {
        var value: ArraySlice<UInt8>?
        for field in head.fields where head.isNamed(field, "content-type") {
            guard value == nil else { throw Problem(.malformedRequest, detail: "Content-Type is repeated.") }
            value = head.bytes[field.value]
        }
        return try value.map { (value) throws(Problem) in try type(value) }
    }

    private static func type(_ value: ArraySlice<UInt8>) throws(Problem) -> ParameterList {
        guard let type = ParameterList(value) else {
            throw Problem(.malformedRequest, detail: "Content-Type is malformed.")
        }
        return type
    }
}
