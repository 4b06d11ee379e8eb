import Martinet
import MartinetBase
import Testing

/// A terminal of a given width with a clock that is set by hand.
private final class Terminal: Sendable {
    private let state = Locked((written: "", time: 0.0))

    var written: String { state.withLock { $0.written } }

    /// What was written since the last call.
    func take() -> String {
        state.withLock { state in
            defer { state.written = "" }
            return state.written
        }
    }

    func wait(_ seconds: Double) { state.withLock { $0.time += seconds } }

    func display(_ style: ProgressDisplay.Style, width: Int = 100) -> ProgressDisplay {
        ProgressDisplay(
            style: style, width: { width }, now: { self.state.withLock { $0.time } },
            write: { text in self.state.withLock { $0.written += text } })
    }
}

@Suite struct ProgressBarTests {
    @Test func barShowsCountRateRemainingTimeAndDetails() {
        let terminal = Terminal()
        var bar = ProgressBar("epoch 2/5", total: 48_000, unit: .items("images"), display: terminal.display(.bar))
        terminal.wait(10)
        bar.advance(by: 12_000, details: ["loss 0.6123"])
        #expect(
            terminal.take()
                == "\repoch 2/5  [=======>                      ]  12,000/48,000  1,200 images/s  ETA 0:30  loss 0.6123\u{1B}[K"
        )
        terminal.wait(30)
        bar.advance(by: 36_000)
        #expect(
            terminal.take()
                == "\repoch 2/5  [==============================]  48,000/48,000  1,200 images/s\u{1B}[K")
        bar.finish(details: ["loss 0.5", "accuracy 0.8"])
        #expect(terminal.take() == "\repoch 2/5  40.0 s  1,200 images/s  loss 0.5  accuracy 0.8\u{1B}[K\n")
    }

    @Test func fitsAnOrdinaryTerminal() {
        let terminal = Terminal()
        let display = terminal.display(.bar, width: 80)
        var bar = ProgressBar("epoch 2/5", total: 48_000, unit: .items("images"), display: display)
        terminal.wait(22.7)
        bar.advance(by: 18_432, details: ["loss 0.6123", "accuracy 0.7812", "top5 accuracy 0.9712"])
        #expect(
            terminal.take()
                == "\repoch 2/5  18,432/48,000  812 images/s  ETA 0:36  loss 0.6123  accuracy 0.7812\u{1B}[K")
    }

    @Test func drawsAtMostTenTimesASecond() {
        let terminal = Terminal()
        var bar = ProgressBar("task", total: 1000, unit: .items("steps"), display: terminal.display(.bar))
        for _ in 0..<1000 {
            terminal.wait(1.0 / 512)
            bar.advance(by: 1)
        }
        let drawings = terminal.written.split(separator: "\r").count
        #expect(drawings >= 18 && drawings <= 20)
    }

    @Test(arguments: 1...120) func isNeverWiderThanTheTerminal(width: Int) {
        let terminal = Terminal()
        let display = terminal.display(.bar, width: width)
        var bar = ProgressBar("epoch 12/50", total: 48_000, unit: .items("images"), display: display)
        for _ in 0..<4 {
            terminal.wait(1000)
            bar.advance(by: 12_000, details: ["loss 0.6123", "accuracy 0.7812"])
        }
        bar.finish(details: ["loss 0.6123", "accuracy 0.7812", "validation loss 0.5", "validation accuracy 0.8"])
        let lines = terminal.written.replacing("\u{1B}[K", with: "").split { $0 == "\r" || $0 == "\n" }
        #expect(lines.allSatisfy { $0.count < max(2, width) }, "\(lines)")
    }

    @Test func summaryGoesOnInFurtherLinesWhereTheTerminalIsNarrow() {
        let terminal = Terminal()
        var bar = ProgressBar(
            "epoch 1/2", total: 10, unit: .items("images"), display: terminal.display(.bar, width: 40))
        terminal.wait(120)
        bar.advance(by: 10)
        _ = terminal.take()
        bar.finish(details: ["loss 0.6123", "accuracy 0.7812"])
        #expect(terminal.take() == "\repoch 1/2  2:00  0.1 images/s\u{1B}[K\n  loss 0.6123  accuracy 0.7812\u{1B}[K\n")
    }

    @Test func linesAreOneForEachTask() {
        let terminal = Terminal()
        var bar = ProgressBar("epoch 1/2", total: 10, unit: .items("images"), display: terminal.display(.lines))
        for _ in 0..<10 {
            terminal.wait(0.5)
            bar.advance(by: 1)
        }
        #expect(terminal.written.isEmpty)
        bar.finish(details: ["loss 0.5"])
        #expect(terminal.written == "epoch 1/2  5.0 s  2.0 images/s  loss 0.5\n")
    }

    @Test func silenceAndFailure() {
        let terminal = Terminal()
        var silent = ProgressBar("task", total: 10, unit: .items("steps"), display: terminal.display(.silent))
        silent.advance(by: 10)
        silent.finish()
        #expect(terminal.written.isEmpty)

        var failing = ProgressBar("task", total: 10, unit: .items("steps"), display: terminal.display(.bar))
        failing.clear()
        #expect(terminal.written.isEmpty)
        failing.advance(by: 1)
        _ = terminal.take()
        failing.clear()
        #expect(terminal.written == "\r\u{1B}[K")
    }

    @Test func bytesOfUnknownNumber() {
        let terminal = Terminal()
        var bar = ProgressBar("train\u{1B}[2J.gz", total: nil, unit: .bytes, display: terminal.display(.bar))
        terminal.wait(2)
        bar.advance(by: 26_421_880)
        #expect(terminal.take() == "\rtrain[2J.gz  26.4 MB  13.2 MB/s\u{1B}[K")
        terminal.wait(5000)
        bar.advance(by: 999)
        #expect(terminal.take() == "\rtrain[2J.gz  26.4 MB  5.3 kB/s\u{1B}[K")
    }
}
