// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// How long a certificate is valid yet.
struct CertificateDates {
    /// Renewals are tried a month ahead; whoever reads this has two weeks to see why theirs did not come.
    private static let warnedDays: Int32 = 14

    /// Days and seconds from now; both negative once they are past. nil where the certificate holds no readable date.
    private let start: (days: Int32, seconds: Int32)?
    private let end: (days: Int32, seconds: Int32)?

    init(_ certificate: OpaquePointer) {
        start = Self.distance(X509_get0_notBefore(certificate))
        end = Self.distance(X509_get0_notAfter(certificate))
    }

    private static func distance(_ time: UnsafePointer<ASN1_TIME>?) -> (days: Int32, seconds: Int32)? {
        var days: Int32 = 0
        var seconds: Int32 = 0
        // nil stands for now.
        guard ASN1_TIME_diff(&days, &seconds, nil, time) == 1 else { return nil }
        return (days, seconds)
    }

    /// What is wrong with the dates, if anything.
    func warning(path: String) -> String? {
        guard let start, let end else { return "a certificate in \(path) has no readable dates" }
        if end.days <= 0, end.seconds <= 0 { return "a certificate in \(path) has expired" }
        if start.days > 0 || start.seconds > 0 { return "a certificate in \(path) is not valid yet" }
        if end.days < Self.warnedDays { return "a certificate in \(path) expires in \(end.days) days" }
        return nil
    }
}
