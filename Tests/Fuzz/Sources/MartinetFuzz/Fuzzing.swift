/// What libFuzzer's callback, which cannot capture anything, needs to know.
enum Fuzzing {
    /// Set once, before libFuzzer starts.
    nonisolated(unsafe) static var reader: Reader?
}
