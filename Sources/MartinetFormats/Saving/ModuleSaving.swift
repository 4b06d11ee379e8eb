import Foundation
import Martinet
import MartinetFiles

extension Module {
    /// Writes the parameters and buffers to a file, whole or not at all: safetensors or NumPy's `.npz`, as its extension says.
    ///
    /// ```swift
    /// try model.save(to: URL(filePath: "model.safetensors"))                        // for Martinet
    /// try model.save(to: URL(filePath: "model.safetensors"), convention: .pytorch)  // for load_state_dict(load_file(…))
    /// ```
    ///
    /// - Parameters:
    ///   - url: where the file is to be; one that is there already is replaced.
    ///   - convention: whose layouts the file is to have; it says so itself, and `load(from:)` knows then.
    ///   - metadata: what else a safetensors file is to say.
    ///   - flattened: for fully connected layers that follow a `Flatten`, by name, the image that is flattened.
    /// - Throws: `FileError`.
    public func save(
        to url: URL, convention: WeightConvention = .martinet, metadata: [String: String] = [:],
        flattened: [String: FlattenedImage] = [:]
    ) throws(FileError) {
        try writeWeights(
            weightEntries(convention: convention, flattened: flattened), to: url, convention: convention,
            metadata: metadata)
    }

    /// The parameters and buffers as entries of a file, each under all its names; what has no value yet is left out.
    ///
    /// - Parameters:
    ///   - convention: whose layouts they are to have.
    ///   - flattened: for fully connected layers that follow a `Flatten`, by name, the image that is flattened.
    public func weightEntries(
        convention: WeightConvention = .martinet, flattened: [String: FlattenedImage] = [:]
    ) -> [WeightEntry] {
        weightTargets.flatMap { target -> [WeightEntry] in
            guard let array = target.tensor.array else { return [] }
            let entry: WeightEntry
            if target.isBatchCount, array.shape.isEmpty {
                let count = WholeNumberElement(value: Int64(array.scalar))
                entry = WeightEntry(name: target.name, shape: [], type: .int64, source: count)
            } else {
                let stored = convention.toFile(array, target.role, planes: flattened[target.module])
                entry = WeightEntry(name: target.name, tensor: Tensor(array: stored))
            }
            // A layer that is used under several names is in the file under each, as in PyTorch's state_dict.
            return target.tensor.names.map(entry.named)
        }
    }
}
