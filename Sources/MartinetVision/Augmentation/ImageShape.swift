import Martinet

/// The sizes of an array that is one image, `[height, width, channels]`.
struct ImageShape {
    let height, width, channels: Int

    /// nil if the array is none: in `fit`, which will throw an error, to which `transform` gives its name. Elsewhere that stops
    /// the program.
    init?(_ image: NDArray, of transform: String) {
        guard image.rank == 3 && image.count > 0 else {
            BatchProblem.report(
                "\(transform): expected an image [height, width, channels], found an array of shape \(image.shape)")
            return nil
        }
        height = image.shape[0]
        width = image.shape[1]
        channels = image.shape[2]
    }
}
