// SPDX-License-Identifier: Apache-2.0

import Glibc
import UVRuntime

/// Serves the regular files below one directory.
///
/// ```swift
/// let media = FileRoot("/srv/media", cacheControl: "public, max-age=31536000, immutable")
/// Route(.get, "/media/{name}/", name: "media") { request in
///     try await media.response(to: request, file: request.parameters["name"] ?? "")
/// }
/// ```
/// A name is taken apart at its slashes and each component opened below the one before it: no link is followed, nothing
/// above the root is reached, and what begins with a dot is not served. The media type is that of the name's ending, from a
/// list; what is not on it is sent as octets to be saved. Conditions and one range are honoured (RFC 9110 §13, §14).
public struct FileRoot: Sendable {
    /// What the client is to do with a file.
    public enum Disposition: Sendable {
        /// Show it, if its type is one that can do no harm.
        case inline
        /// Save it, under this name.
        case attachment(name: String)
    }

    private let path: String
    private let cacheControl: String

    /// Files below `path`.
    public init(_ path: String, cacheControl: String = "public, max-age=3600") {
        self.path = path
        self.cacheControl = cacheControl
    }

    /// The file as an answer, streamed from the disk: 200, 206, 304, 412 or 416.
    ///
    /// - Parameters:
    ///   - name: decoded, relative to the root.
    ///   - type: instead of the one by the name's ending, for files whose content is known.
    /// - Throws: `Problem` 404 for whatever is no file below the root.
    public nonisolated(nonsending) func response(
        to request: RequestContext, file name: String, as type: HTTPContentType? = nil,
        disposition: Disposition = .inline
    ) async throws -> HTTPResponse {
        guard let components = Self.components(name) else { throw Self.missing }
        let path = path
        guard let content = try await request.loop.offload({ Self.open(components, below: path) }) else {
            throw Self.missing
        }
        let known = FileTypes.type(of: name)
        let conditions = FileConditions(tag: Array(content.tag.utf8), modified: content.modified, size: content.size)
        var response = HTTPResponse(.ok, contentType: type ?? known ?? .bytes)
        response.headers = [
            HTTPHeader("ETag", "\"\(content.tag)\""),
            HTTPHeader("Last-Modified", HTTPDate.text(seconds: content.modified)),
            HTTPHeader("Cache-Control", cacheControl),
        ]
        let disposition = Self.field(disposition, name: components.last ?? "", isHarmless: type != nil || known != nil)
        switch conditions.outcome(of: request.head, now: Int(time(nil))) {
        case .whole:
            response.headers += [HTTPHeader("Accept-Ranges", "bytes"), disposition]
            response.file = FileBody(content: content, range: 0..<content.size)
        case .part(let range):
            response.status = HTTPStatus(206)
            response.headers += [
                HTTPHeader("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.size)"),
                HTTPHeader("Accept-Ranges", "bytes"), disposition,
            ]
            response.file = FileBody(content: content, range: range)
        case .notModified: response.status = .notModified
        case .preconditionFailed:
            throw Problem(.preconditionFailed, detail: "The file is another one by now.")
        case .unsatisfiable:
            throw Problem(
                .rangeNotSatisfiable, detail: "The file has \(content.size) octets.",
                headers: [HTTPHeader("Content-Range", "bytes */\(content.size)"), response.headers[0]])
        }
        return response
    }

    private static var missing: Problem { Problem(.notFound, detail: "There is no such file.") }

    /// nil for a name that no file of ours has.
    static func components(_ name: String) -> [String]? {
        guard name.utf8.count <= 1024 else { return nil }
        let components = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isPlain = components.allSatisfy { component in
            !component.isEmpty && component.utf8.first != UInt8(ascii: ".") && component.utf8.count <= 255
                && component.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
        }
        return isPlain ? components : nil
    }

    /// Blocks.
    private static func open(_ components: [String], below root: String) -> FileContent? {
        var folder = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        for component in components.dropLast() {
            let next = openat(folder, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            Glibc.close(folder)
            guard next >= 0 else { return nil }
            folder = next
        }
        // Without O_NONBLOCK a pipe would be waited for.
        let file = openat(folder, components.last ?? "", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        Glibc.close(folder)
        return file < 0 ? nil : FileContent(file)
    }

    private static func field(_ disposition: Disposition, name: String, isHarmless: Bool) -> HTTPHeader {
        switch disposition {
        case .inline where isHarmless: HTTPHeader("Content-Disposition", "inline")
        case .inline: HTTPHeader("Content-Disposition", attachment(name))
        case .attachment(let name): HTTPHeader("Content-Disposition", attachment(name))
        }
    }

    /// Both spellings of a name (RFC 6266): nothing in it can end the value or the field.
    static func attachment(_ name: String) -> String {
        let plain = String(
            decoding: name.utf8.map { octet in
                let isSafe = octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
                return isSafe ? octet : UInt8(ascii: "_")
            }, as: UTF8.self)
        var coded: [UInt8] = []
        for octet in name.utf8 {
            if octet.isAlphanumeric || octet == UInt8(ascii: ".") || octet == UInt8(ascii: "-") {
                coded.append(octet)
            } else {
                coded += [UInt8(ascii: "%"), hexDigit(octet >> 4), hexDigit(octet & 15)]
            }
        }
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(String(decoding: coded, as: UTF8.self))"
    }
}

/// The media types that are shown: none of them runs as a page of ours. HTML and SVG are missing for that reason.
enum FileTypes {
    private static let types: [String: String] = [
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
        "avif": "image/avif", "mp4": "video/mp4", "webm": "video/webm", "pdf": "application/pdf",
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "woff2": "font/woff2",
        "json": "application/json", "txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8",
    ]

    /// By the ending of a name; nil for one that is not listed.
    static func type(of name: String) -> HTTPContentType? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        return types[ending].map { .other($0) }
    }
}
