// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketHTTP
import Media

/// Reads a form with a picture in `file` and short texts beside it, and collects what is wrong with it.
public struct PictureForm {
    /// A picture and three short fields.
    public static let bodyMax = ImageLimits().octetsMax + 64 * 1024

    /// How much of such a form is read.
    public static var limits: MultipartLimits {
        var limits = MultipartLimits()
        limits.partCountMax = 4
        limits.fileMax = ImageLimits().octetsMax
        limits.fieldMax = 4096
        return limits
    }

    private let parts: [FormPart]
    private var problems: [Problem.Item] = []

    /// Takes the form of a request; fields that nobody asks for are reported as ignored.
    ///
    /// - Parameter fields: the names of the texts beside the picture.
    public init(_ request: RequestContext, fields: [String] = []) throws {
        parts = try request.multipart()
        request.reportIgnored(parts.filter { $0.name != "file" && !fields.contains($0.name) }.map { "/" + $0.name })
    }

    /// Notes that something is wrong with a field.
    public mutating func fail(_ name: String, _ code: String, _ message: String) {
        problems.append(.init(pointer: "/" + name, code: code, message: message))
    }

    /// The text of a field; nil where there is none, or another thing, which is noted.
    public mutating func text(_ name: String) -> String? {
        let found = parts.filter { $0.name == name }
        if found.count > 1 { fail(name, "repeated", "stands more than once") }
        guard let part = found.first else { return nil }
        guard part.fileName == nil, let text = part.text else {
            fail(name, "wrong-type", "not a text")
            return nil
        }
        return text
    }

    /// The picture, once all fields are read.
    ///
    /// - Throws: `Problem` 422 with everything that was noted.
    public consuming func file() throws -> FormPart {
        let files = parts.filter { $0.name == "file" }
        if files.count != 1 { fail("file", "required", "one file is required") }
        if !problems.isEmpty { throw Problem(.validationFailed, errors: problems) }
        return files[0]
    }
}
