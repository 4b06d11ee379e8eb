import Martinet
import MartinetBase

/// ImageNet (ILSVRC 2012), whose 1,000 classes most published networks tell apart: names, mean and deviation.
public enum ImageNet {
    /// The mean of each channel of the training images, red, green, blue, of values 0 ... 1.
    public static let mean: [Float] = [0.485, 0.456, 0.406]

    /// The standard deviation of each channel.
    public static let standardDeviation: [Float] = [0.229, 0.224, 0.225]

    /// A class of ImageNet's.
    public struct Class: Sendable, Equatable, Codable {
        /// Which set of synonyms of WordNet 3.0 it is, such as "n04285008".
        public let wordNetID: String

        /// The name in torchvision, such as "sports car".
        public let name: String

        /// The name in Keras, such as "sports_car"; two pairs of classes share a name there.
        public var kerasName: String {
            switch name {
            case "crane bird": "crane"
            case "maillot tank suit": "maillot"
            default: String(name.map { $0 == " " ? "_" : $0 })
            }
        }
    }

    /// The 1,000 classes, in the order of a network's outputs.
    public static let classes: [Class] = imageNetClasses.split { $0 == ";" || $0 == "\n" }.map { entry in
        let text = entry.drop { $0 == " " }
        return Class(wordNetID: "n\(text.prefix(8))", name: String(text.dropFirst(9)))
    }

    /// A class that a network considers.
    public struct Prediction: Sendable, Equatable, Codable {
        public let wordNetID: String
        public let name: String
        /// 0 ... 1.
        public let probability: Float
    }

    /// The most probable classes of each image, the best first; `decode_predictions` of Keras, with its names.
    ///
    /// - Parameters:
    ///   - probabilities: `[batch, 1000]`, as softmax gives them.
    ///   - top: how many classes.
    /// - Returns: a list for each image.
    public static func decodePredictions(_ probabilities: Tensor, top: Int = 5) -> [[Prediction]] {
        require(
            probabilities.rank == 2 && probabilities.shape[1] == classes.count,
            "decodePredictions: expected [batch, \(classes.count)], found \(probabilities.shape)")
        require(
            (1...classes.count).contains(top), "decodePredictions: expected 1 to \(classes.count), found \(top)")
        let values = probabilities.elements
        return (0..<probabilities.shape[0]).map { row in
            topIndices(values[row * classes.count..<(row + 1) * classes.count], top).map {
                Prediction(
                    wordNetID: classes[$0].wordNetID, name: classes[$0].kerasName,
                    probability: values[row * classes.count + $0])
            }
        }
    }
}
