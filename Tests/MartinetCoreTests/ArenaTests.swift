import Testing

@testable import MartinetCore

@Suite struct ArenaTests {
    private func block(of arena: inout Arena, pages: Int = 1) throws -> UnsafeMutableRawPointer {
        let address = arena.allocate(bytes: pages * 4096)
        return try #require(address)
    }

    private func arena(pages: Int) throws -> Arena {
        try #require(Arena(preferred: pages * 4096, least: pages * 4096))
    }

    @Test func freeNeighboursBecomeOne() throws {
        var arena = try arena(pages: 4)
        let blocks = try (0..<4).map { _ in try block(of: &arena) }
        let none = arena.allocate(bytes: 4096)
        #expect(none == nil)
        for index in [2, 0, 3, 1] { arena.release(blocks[index], bytes: 4096) }
        #expect(arena.touchedFreeBytes == 4 * 4096)
        let whole = try block(of: &arena, pages: 4)
        #expect(whole == blocks[0])
        #expect(arena.touchedFreeBytes == 0)
    }

    @Test func theLowestRangeThatIsLongEnoughIsTaken() throws {
        var arena = try arena(pages: 8)
        let blocks = try [1, 1, 2, 1].map { try block(of: &arena, pages: $0) }
        arena.release(blocks[0], bytes: 4096)
        arena.release(blocks[2], bytes: 2 * 4096)
        let taken = try [2, 1, 1].map { try block(of: &arena, pages: $0) }
        #expect(taken == [blocks[2], blocks[0], blocks[3] + 4096])
    }

    /// Blocks of all sizes come and go in a disorderly way: none overlaps another, and in the end all is one range again.
    @Test func blocksNeverOverlap() throws {
        var arena = try arena(pages: 512)
        var generator = RandomGenerator(seed: 5)
        var alive: [(start: Int, bytes: Int)] = []
        for _ in 0..<4000 {
            if alive.count < 40, Bool.random(using: &generator) {
                let pages = Int.random(in: 1...12, using: &generator)
                let start = try block(of: &arena, pages: pages) - arena.base
                let bytes = pages * 4096
                #expect(alive.allSatisfy { start + bytes <= $0.start || $0.start + $0.bytes <= start })
                alive.append((start, bytes))
            } else if let index = alive.indices.randomElement(using: &generator) {
                let block = alive.remove(at: index)
                arena.release(arena.base + block.start, bytes: block.bytes)
            }
        }
        for block in alive { arena.release(arena.base + block.start, bytes: block.bytes) }
        let whole = try block(of: &arena, pages: 512)
        #expect(whole == arena.base)
    }

    @Test func trimmedMemoryIsGivenBackAndUsableAgain() throws {
        var arena = try arena(pages: 4)
        let address = try block(of: &arena, pages: 4)
        address.storeBytes(of: 7, as: Int.self)
        arena.release(address, bytes: 4 * 4096)
        arena.trim()
        #expect(arena.touchedFreeBytes == 0)
        let again = try block(of: &arena, pages: 4)
        again.storeBytes(of: 8, as: Int.self)
        #expect(again.load(as: Int.self) == 8)
    }

    @Test func moreThanTheSystemHasIsRefused() {
        #expect(Arena(preferred: 1 << 60, least: 1 << 60) == nil)
    }
}
