// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// What a client wants changed: absent is unchanged.
struct ProfileChange: Sendable {
    /// A field that can be left alone, set or cleared.
    struct Clearable<Value: Sendable>: Sendable {
        let isGiven: Bool
        let value: Value?
    }

    let fullName: String?
    let phone: Clearable<String>
    let locale: String?
    let avatar: Clearable<ImageID>
    /// A JSON object of the types that change; others keep what they have.
    let notificationPreferences: [UInt8]?

    var isEmpty: Bool {
        fullName == nil && !phone.isGiven && locale == nil && !avatar.isGiven && notificationPreferences == nil
    }
}

/// `PUT /api/auth/profile/update/`. The user's row is locked before its pictures, as the removal of an account does.
///
/// - Errors: 404 for a picture that is not the caller's; 412.
struct UpdateProfile: Sendable {
    let dependencies: AccountsDependencies

    private struct Input: Sendable {
        let change: ProfileChange
        let expectedVersion: Int64?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            try await commit(input, caller.user, transaction)
        }
    }

    private func commit(
        _ input: Input, _ id: UserID, _ transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        let avatar = input.change.avatar
        if avatar.isGiven, try await !AvatarStore.show(avatar.value, of: id, in: transaction) {
            throw Problem.unknownPicture(at: "/avatar_image_id")
        }
        let changed =
            input.change.isEmpty
            ? nil
            : try await AccountsStore.update(
                id, input.change, expectedVersion: input.expectedVersion, in: transaction)
        if let changed { return changed.response }
        // Nothing to change, or another version is there.
        guard let current = try await AccountsStore.user(id, in: transaction) else {
            throw Problem(.tokenInvalid, headers: [.authenticate("Bearer realm=\"mve\"")])
        }
        if let expected = input.expectedVersion, expected != current.version {
            throw Problem.changedMeanwhile("profile", version: current.version)
        }
        return current.response
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        return try request.json { body in
            let phone = body.optionalParsed("phone", length: 1...32) { AccountFields.phone($0) }
            let avatar = body.optionalParsed("avatar_image_id", length: 1...64) { ImageID($0) }
            let change = ProfileChange(
                fullName: body.optionalTrimmedString("full_name", length: 1...200),
                phone: .init(isGiven: body.contains("phone"), value: phone),
                locale: body.optionalParsed("locale", length: 1...16) { AccountFields.locale($0) },
                avatar: .init(isGiven: body.contains("avatar_image_id"), value: avatar),
                notificationPreferences: NotificationPreferences.read(&body))
            return Input(change: change, expectedVersion: body.expectedVersion(ifMatch: ifMatch))
        }
    }
}
