import Foundation
import MartinetBase
import MartinetCore
import Synchronization
import Testing

@Suite struct ConfinementTests {
    @Test func confinedLoopsStayOnTheirThreadAndCoverEverything() {
        let here = ObjectIdentifier(Thread.current)
        let visited = Locked<[Int]>([])
        let elsewhere = Atomic<Int>(0)
        Threads.confined {
            Threads.confined {}
            parallelFor(1000) { range, _ in
                if ObjectIdentifier(Thread.current) != here { elsewhere.add(1, ordering: .relaxed) }
                visited.withLock { $0 += range }
            }
        }
        #expect(elsewhere.load(ordering: .relaxed) == 0)
        #expect(visited.withLock { $0 } == Array(0..<1000))
    }

    @Test func passesOnWhatTheBodyReturnsAndThrows() {
        struct Problem: Error, Equatable {}
        #expect(Threads.confined { 7 } == 7)
        #expect(throws: Problem()) { try Threads.confined { throw Problem() } }
    }
}
