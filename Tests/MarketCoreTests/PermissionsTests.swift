// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct PermissionsTests {
    @Test func namesGoThereAndBack() {
        let some: Permissions = [.usersRead, .ordersWrite, .logsRead]
        #expect(some.names == ["users:read", "orders:write", "logs:read"])
        #expect(Permissions(names: some.names) == some)
    }

    @Test func superHasAllAndUnknownNamesGrantNothing() {
        let all = Permissions(names: ["super"])
        #expect(all == .all && all.names == ["super"] && all.contains([.usersWrite, .opsWrite]))
        #expect(
            Permissions(names: ["super", "users:read"]) == .all && Permissions(names: ["users:read", "super"]) == .all)
        #expect(Permissions(names: ["Super", "users", "users:delete", ""]).isEmpty)
    }
}
