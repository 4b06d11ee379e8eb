/// Hands out the batches of one epoch in order.
///
/// With prefetching, threads start at the first `next()` and end with the last batch, at an error, or when the iterator is
/// released, which waits for batches that are just being made.
public final class BatchIterator<Source: Dataset> {
    private let batches: Batches<Source>
    private var order: [Int]?
    private var position = 0
    private var prefetcher: Prefetcher<Result<Batch<Source.Input, Source.Target>, Source.Failure>>?

    init(_ batches: Batches<Source>) { self.batches = batches }

    deinit { prefetcher?.stop() }

    /// The next batch, or nil after the last one or after an error.
    public func next() throws(Source.Failure) -> Batch<Source.Input, Source.Target>? {
        guard position < batches.count else { return nil }
        let number = position
        position += 1
        do throws(Source.Failure) {
            return try make(number)
        } catch {
            position = batches.count
            prefetcher?.stop()
            throw error
        }
    }

    private func make(_ number: Int) throws(Source.Failure) -> Batch<Source.Input, Source.Target> {
        let order = self.order ?? batches.order()
        self.order = order
        guard batches.prefetch > 0 else { return try batches.batch(number, order: order) }
        let prefetcher = self.prefetcher ?? startPrefetching(order)
        self.prefetcher = prefetcher
        return try prefetcher.take().get()
    }

    private func startPrefetching(_ order: [Int]) -> Prefetcher<
        Result<Batch<Source.Input, Source.Target>, Source.Failure>
    > {
        let batches = batches
        return Prefetcher(count: batches.count, capacity: batches.prefetch, workers: batches.workers) { number in
            do throws(Source.Failure) {
                return .success(try batches.batch(number, order: order))
            } catch {
                return .failure(error)
            }
        }
    }
}
