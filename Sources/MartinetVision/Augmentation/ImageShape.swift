import Martinet
import MartinetBase

/// The sizes of an array that is one image, `[height, width, channels]`.
struct ImageShape {
    let height, width, channels: Int

    /// Stops if the array is none; `transform` is named in the message.
    init(_ image: NDArray, of transform: String) {
        require(
            image.rank == 3 && image.count > 0,
            "\(transform): expected an image [height, width, channels], found an array of shape \(image.shape)")
        height = image.shape[0]
        width = image.shape[1]
        channels = image.shape[2]
    }
}
