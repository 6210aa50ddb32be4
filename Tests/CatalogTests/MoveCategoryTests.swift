// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct MoveCategoryTests {
    @Test func movesAndRenamesWithAllBelow() async throws {
        try await CategoryFixture.with { shop in
            let moved = try await shop.post(
                "move", #"{"id":"\#(CategoryFixture.id(2))","parent_id":"\#(CategoryFixture.id(5))"}"#)
            #expect(try moved.json["path"]?.elements?.map { $0.string } == ["e", "b"])
            #expect(moved.header("ETag") == "\"v2\"")
            let renamed = try await shop.post(
                "update", #"{"id":"\#(CategoryFixture.id(2))","slug":"bees","name":"Bees","expected_version":2}"#)
            #expect(try renamed.json["name"]?.string == "Bees")
            #expect(try await shop.tree() == "1 a, 2 e/bees, 3 e/bees/c, 4 a/d, 5 e")
            let late = try await shop.post(
                "update", #"{"id":"\#(CategoryFixture.id(2))","name":"x","expected_version":2}"#)
            #expect(late.code == "version-conflict")
            let tag = try await shop.post(
                "move", #"{"id":"\#(CategoryFixture.id(2))","parent_id":null}"#, headers: [("If-Match", "\"v1\"")])
            #expect(tag.status == 412)
            for parent in [Int64(2), 3] {
                let cycle = try await shop.post(
                    "move", #"{"id":"\#(CategoryFixture.id(2))","parent_id":"\#(CategoryFixture.id(parent))"}"#)
                #expect(cycle.code == "validation-failed")
                #expect(try cycle.json["errors"]?.elements?.first?["code"]?.string == "cycle")
            }
            let top = try await shop.post("move", #"{"id":"\#(CategoryFixture.id(3))","parent_id":null}"#)
            #expect(top.status == 200)
            #expect(try await shop.tree() == "1 a, 2 e/bees, 3 c, 4 a/d, 5 e")
            let where_ = try await shop.post("move", #"{"id":"\#(CategoryFixture.id(3))"}"#)
            #expect(where_.code == "validation-failed")
            let unknown = try await shop.post("move", #"{"id":"\#(CategoryFixture.id(99))","parent_id":null}"#)
            #expect(unknown.code == "not-found")
        }
    }

    /// Two moves that would make a cycle together, and many makers of one slug: one of each.
    @Test func racesLeaveATree() async throws {
        try await CategoryFixture.with { shop in
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for round in 0..<12 {
                    let (id, parent) = round % 2 == 0 ? (Int64(4), Int64(2)) : (2, 4)
                    group.addTask {
                        try await shop.post(
                            "move", #"{"id":"\#(CategoryFixture.id(id))","parent_id":"\#(CategoryFixture.id(parent))"}"#
                        )
                        .status
                    }
                    group.addTask { try await shop.post("create", CategoryFixture.new("one", under: 5)).status }
                }
                var answers: [Int] = []
                for try await status in group { answers.append(status) }
                return answers
            }
            #expect(answers.filter { $0 == 201 }.count == 1)
            let broken = try await shop.base.row(
                """
                select count(*) from catalog.categories c left join catalog.categories p on p.id = c.parent_id
                 where c.path <> p.path || c.slug or c.ancestor_ids <> p.ancestor_ids || c.id
                    or c.parent_id is null and c.path <> array[c.slug]
                """)
            #expect(broken == "0")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await CategoryFixture.with { shop in try await shop.refusesOthers("move") }
    }

    @Test func oneKeyMovesOnce() async throws {
        try await CategoryFixture.with { shop in
            let id = CategoryFixture.id(4)
            try await shop.replays(
                "move", #"{"id":"\#(id)","parent_id":null}"#, #"{"id":"\#(id)","parent_id":null,"position":1}"#)
            #expect(try await shop.tree() == "1 a, 2 a/b, 3 a/b/c, 4 d, 5 e")
        }
    }
}
