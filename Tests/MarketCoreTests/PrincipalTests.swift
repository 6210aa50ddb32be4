// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct PrincipalTests {
    @Test func noTwoHaveTheSameBytes() throws {
        let hash = try #require(Hash32([UInt8](repeating: 0, count: 32)))
        let principals: [Principal] = [
            .user(UserID(rawValue: 1)), .user(UserID(rawValue: 2)), .session(SessionID(rawValue: 1)), .client(hash),
            .address(hash),
        ]
        #expect(Set(principals.map(\.canonicalBytes)).count == principals.count)
        #expect(principals.map(\.isWeak) == [false, false, false, false, true])
        #expect(principals[0].userID == UserID(rawValue: 1))
        #expect(principals[3].userID == nil)
    }

    @Test func hashesKeepTheirBytesAndOrder() throws {
        let low = try #require(Hash32((0..<32).map { UInt8($0) }))
        let high = try #require(Hash32([0xFF] + [UInt8](repeating: 0, count: 31)))
        #expect(low.bytes == (0..<32).map { UInt8($0) })
        #expect(low < high)
        #expect(high.lockKey < 0)
        #expect(low.description == "00010203…")
        #expect(Hash32([1, 2, 3]) == nil)
    }

    @Test func rolesHaveNames() {
        #expect(Roles([.customer, .admin]).names == ["customer", "admin"])
        #expect(Roles(names: ["seller", "emperor"]) == .seller)
        #expect(Roles(names: []).isEmpty)
    }

    @Test func audiencesAdmitTheirSurfaceOnly() {
        #expect(Audience.all.admits(.admin) && Audience.all.admits(.customer))
        #expect(Audience.customer.admits(.customer) && !Audience.customer.admits(.seller))
        #expect(Audience.seller.admits([.seller, .admin]))
        #expect(!Audience.admin.admits(.seller))
        #expect(Audience.admin.requiredRole == .admin)
    }

    @Test func onlyDecisionsAreStored() {
        for status in [200, 201, 204, 400, 402, 403, 404, 409, 410, 412, 422] {
            #expect(StoredAnswer.isStorable(status: status))
        }
        for status in [301, 401, 408, 411, 413, 414, 415, 425, 426, 428, 429, 431, 500, 502, 503, 504] {
            #expect(!StoredAnswer.isStorable(status: status))
        }
    }
}
