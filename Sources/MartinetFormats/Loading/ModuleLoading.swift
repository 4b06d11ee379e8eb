import Foundation
import Martinet
import MartinetFiles

extension Module {
    /// Takes over the weights of a file, in any of the formats of `WeightFormat`.
    ///
    /// Names are matched with the model's after what training scripts wrap around them (`state_dict`, `model`, `module.`) has been
    /// taken away; see also `Module.alternativeNames`. Axes are put into Martinet's order. Counts of training batches may be
    /// missing.
    ///
    /// ```swift
    /// let model = ResNet(.resNet50)
    /// try model.load(from: URL(filePath: "resnet50.pth"))
    ///
    /// let other = ResNet(.resNet50, classes: 5)               // transfer learning: the head stays as it is
    /// print(try other.load(from: URL(filePath: "resnet50.pth"), strict: false))
    /// ```
    ///
    /// - Parameters:
    ///   - url: where the file is.
    ///   - strict: whether the file must have just the model's tensors; otherwise what fits is loaded and the rest reported.
    ///   - convention: whose names and layouts the file has; nil for what the file itself says or its format suggests.
    ///   - flattened: for fully connected layers that follow a `Flatten`, by name, the image that is flattened.
    /// - Returns: what was loaded and what was not.
    /// - Throws: `FileError` if the file cannot be read, `WeightMismatch` if its weights are not this model's. The model is
    ///   as it was then.
    @discardableResult
    public func load(
        from url: URL, strict: Bool = true, convention: WeightConvention? = nil,
        flattened: [String: FlattenedImage] = [:]
    ) throws -> WeightReport {
        try load(openWeights(at: url), strict: strict, convention: convention, flattened: flattened)
    }

    /// Takes over the weights of a file that has been opened.
    ///
    /// - Parameters:
    ///   - file: from `openWeights(at:)`.
    ///   - strict: whether the file must have just the model's tensors.
    ///   - convention: whose names and layouts the file has; nil for what the file itself says.
    ///   - flattened: what is flattened before fully connected layers.
    /// - Returns: what was loaded and what was not.
    /// - Throws: `FileError` or `WeightMismatch`. The model is as it was then.
    @discardableResult
    public func load(
        _ file: WeightFile, strict: Bool = true, convention: WeightConvention? = nil,
        flattened: [String: FlattenedImage] = [:]
    ) throws -> WeightReport {
        let convention = convention ?? file.convention
        let targets = weightTargets
        let matching = NameMatching(file, targets: targets, aliases: weightAliases, convention: convention)
        var (fitting, missing) = ([(WeightTarget, WeightEntry)](), [String]())
        var wrongShape: [WeightReport.ShapeDifference] = []
        for target in targets {
            guard let entry = matching.matches[target.name] else {
                if !target.isBatchCount { missing.append(target.name) }
                continue
            }
            if convention.fits(entry.shape, target.shape, target.role) {
                fitting.append((target, entry))
            } else {
                let expected = convention.fileShape(target.shape, target.role)
                wrongShape.append(
                    WeightReport.ShapeDifference(name: target.name, expected: expected, found: entry.shape))
            }
        }
        let report = WeightReport(
            path: file.path, loaded: fitting.map(\.0.name), missing: missing,
            unexpected: matching.unexpected,
            wrongShape: wrongShape, ignored: matching.ignored, unread: file.unread, notes: file.notes + matching.notes)
        guard !strict || report.isComplete else {
            throw WeightMismatch(model: String(describing: type(of: self)), report: report)
        }
        // All are read before the first is set, so that a file that cannot be read changes nothing.
        var values: [NDArray] = []
        for (target, entry) in fitting {
            let array = try entry.array()
            values.append(
                convention.fromFile(array, target.role, shape: target.shape, planes: flattened[target.module]))
        }
        for ((target, _), value) in zip(fitting, values) { target.tensor.set(value) }
        return report
    }
}
