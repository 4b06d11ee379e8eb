/// Hands out the batches of one epoch in order.
///
/// With prefetching, threads start at the first `next()` and end with the last batch, at an error, or when the iterator is
/// released, which waits for batches that are just being made.
public final class BatchIterator<Source: Dataset> {
    private let batches: Batches<Source>
    private var order: [Int]?
    private var position = 0
    private var prefetcher: Prefetcher<Result<ReviewedBatch<Source>, Source.Failure>>?

    /// What was said of the last batch that was handed out; nil if all is well.
    private(set) var problem: String?

    init(_ batches: Batches<Source>) { self.batches = batches }

    deinit { prefetcher?.stop() }

    /// The next batch, or nil after the last one or after an error.
    public func next() throws(Source.Failure) -> Batch<Source.Input, Source.Target>? {
        guard position < batches.count else { return nil }
        let number = position
        position += 1
        do throws(Source.Failure) {
            let reviewed = try make(number)
            problem = reviewed.problem
            return reviewed.batch
        } catch {
            position = batches.count
            prefetcher?.stop()
            throw error
        }
    }

    private func make(_ number: Int) throws(Source.Failure) -> ReviewedBatch<Source> {
        let order = self.order ?? batches.order()
        self.order = order
        guard batches.prefetch > 0 else { return try batches.reviewedBatch(number, order: order) }
        let prefetcher = self.prefetcher ?? startPrefetching(order)
        self.prefetcher = prefetcher
        return try prefetcher.take().get()
    }

    private func startPrefetching(_ order: [Int]) -> Prefetcher<Result<ReviewedBatch<Source>, Source.Failure>> {
        let batches = batches
        return Prefetcher(count: batches.count, capacity: batches.prefetch, workers: batches.workers) { number in
            do throws(Source.Failure) {
                return .success(try batches.reviewedBatch(number, order: order))
            } catch {
                return .failure(error)
            }
        }
    }
}
