// SPDX-License-Identifier: Apache-2.0
import Redis
import Testing

@Suite struct RedisConfigurationTests {
    @Test func readsUnixPaths() {
        for url in ["/run/redis.sock", "unix:/run/redis.sock", "unix:///run/redis.sock"] {
            #expect(RedisConfiguration(url: url)?.address == .unix(path: "/run/redis.sock"))
        }
    }

    @Test func readsURLs() throws {
        let plain = try #require(RedisConfiguration(url: "redis://localhost"))
        #expect(plain.address == .tcp(host: "localhost", port: 6379))
        #expect(plain.password == nil)
        let full = try #require(RedisConfiguration(url: "redis://me:p%40%3a%2F@[::1]:7000/12"))
        #expect(full.address == .tcp(host: "::1", port: 7000))
        #expect(full.user == "me")
        #expect(full.password == "p@:/")
        #expect(full.database == 12)
        #expect(RedisConfiguration(url: "redis://:secret@h/")?.password == "secret")
        #expect(RedisConfiguration(url: "redis://:secret@h/")?.user == nil)
    }

    @Test(arguments: [
        "", "redis://", "redis://h:0", "redis://h:65536", "redis://h:6a", "redis://h/x", "redis://h/-1", "http://h",
        "redis://onlyuser@h", "redis://:%4@h", "redis://:%ff@h", "redis://[::1", "redis://a:b:c", "unix:relative",
        "redis://a b", "rediss://h",
    ])
    func refuses(url: String) {
        #expect(RedisConfiguration(url: url) == nil)
    }

    @Test func refusesAPathThatNoSocketCanHave() {
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(RedisConfiguration(url: longest) != nil)
        #expect(RedisConfiguration(url: longest + "a") == nil)
    }
}
