// SPDX-License-Identifier: Apache-2.0

/// How a route reads the bodies of its requests. Whatever it is, `Content-Encoding: gzip` is taken off first.
public enum BodyReading: Sendable {
    /// Of any media type, whole in memory.
    case whole
    /// `application/x-www-form-urlencoded` alone, whole in memory; another media type is refused with 415.
    case form(FormLimits = FormLimits())
    /// `multipart/form-data` alone, taken apart as it arrives; another media type is refused with 415.
    case multipart(MultipartLimits = MultipartLimits())
    /// Of any media type, in memory up to `memoryMax` octets and in a file beyond.
    case spooled(memoryMax: Int = 64 * 1024)

    /// Whether bodies are long: who sends one is looked at before it is taken.
    public var isLong: Bool {
        switch self {
        case .whole, .form: false
        case .multipart, .spooled: true
        }
    }

    /// The longest body in octets, where the route does not say.
    var bodyMaxDefault: Int {
        switch self {
        case .whole, .form: Route.bodyMaxDefault
        case .multipart, .spooled: MultipartLimits.totalDefault
        }
    }
}
