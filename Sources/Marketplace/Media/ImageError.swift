// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// Why an image was not taken.
public enum ImageError: Error, Sendable, Equatable {
    /// Neither JPEG, PNG nor WebP.
    case unsupported
    /// More octets than are read.
    case tooLong(max: Int)
    /// A side is longer than allowed, or decoding would take too much memory.
    case tooLarge(width: Int, height: Int)
    /// Cut off, broken, or something else behind the first octets. The text is the decoder's, for the log alone.
    case unreadable(String)
    /// Too many images wait already; nothing was done.
    case busy
    /// libvips cannot be loaded or started, whatever is sent; nothing was done. The text says why, for the log alone.
    case unavailable(String)

    /// The stable code.
    public var code: String {
        switch self {
        case .unsupported: "unsupported-media-type"
        case .tooLong: "payload-too-large"
        case .tooLarge: "image-too-large"
        case .unreadable: "image-unreadable"
        case .busy: "overloaded"
        case .unavailable: "dependency-unavailable"
        }
    }

    /// As the client sees it.
    ///
    /// - Parameter pointer: the part that held the image.
    public func problem(at pointer: String = "/file") -> Problem {
        switch self {
        case .unsupported:
            Problem(.unsupportedMediaType, detail: "The file is neither JPEG, PNG nor WebP.")
        case .tooLong(let max):
            Problem(.payloadTooLarge, detail: "The image is longer than \(max) octets.")
        case .tooLarge(let width, let height):
            wrong(pointer, "\(width) × \(height) pixels are more than are decoded")
        case .unreadable:
            wrong(pointer, "the image is broken or incomplete")
        case .busy:
            Problem(.overloaded, detail: "Too many images are in work.", headers: [.retryAfter(seconds: 5)])
        case .unavailable:
            Problem(
                .dependencyUnavailable, detail: "Images cannot be processed now.", headers: [.retryAfter(seconds: 30)])
        }
    }

    private func wrong(_ pointer: String, _ message: String) -> Problem {
        Problem(
            .validationFailed, detail: "The image cannot be used.",
            errors: [.init(pointer: pointer, code: code, message: message)])
    }
}
