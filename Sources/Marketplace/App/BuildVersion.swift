// SPDX-License-Identifier: Apache-2.0

/// Which build this is.
public enum BuildVersion {
    /// Semantic version of the API and the server.
    public static let number = "0.1.0"
}
