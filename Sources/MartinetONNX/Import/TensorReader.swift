import Foundation
import Martinet
import MartinetFiles

/// A constant of the graph.
enum Constant: Sendable {
    case floats(Weight)
    /// A shape, an index: known when the graph is read.
    case integers([Int], shape: [Int])
}

/// Reads an ONNX file's tensors.
struct TensorReader {
    /// Where external data may lie; nil if nowhere.
    let folder: URL?
    /// The most elements that a tensor may have.
    let maximumElements: Int

    /// - Parameters:
    ///   - tensor: the message.
    ///   - place: where it is, for errors.
    func constant(_ tensor: ONNXTensorProto, _ place: ONNXError.Place) throws(ONNXError) -> Constant {
        guard let type = ElementType(rawValue: tensor.dataType) else {
            throw ONNXError(
                place, expected: "elements of type float, double, float16, bfloat16, int32, int64 or bool",
                found: "type \(tensor.dataType)")
        }
        let shape = try shape(tensor.dims, place)
        let count = elementCount(shape)
        guard tensor.dataLocation == .external || tensor.hasRawData else {
            return try typed(tensor, type, shape, place)
        }
        let bytes: Data
        if tensor.dataLocation == .external {
            bytes = try externalData(tensor, count: count * type.size, place)
        } else {
            bytes = tensor.rawData
        }
        guard bytes.count == count * type.size else {
            throw ONNXError(
                place, expected: "\(count * type.size) bytes for the shape \(shape)", found: "\(bytes.count)")
        }
        return type.isInteger
            ? .integers(bytes.integers(type), shape: shape) : .floats(Weight(bytes.floats(type, shape: shape)))
    }

    private func shape(_ dims: [Int64], _ place: ONNXError.Place) throws(ONNXError) -> [Int] {
        var count = 1
        for size in dims {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(Int(size), 1))
            guard size >= 0, !overflow, product <= maximumElements else {
                throw ONNXError(
                    place, expected: "sizes of at least 0 and at most \(maximumElements) elements", found: "\(dims)")
            }
            count = product
        }
        guard dims.count <= Shapes.maximumRank else {
            throw ONNXError(place, expected: "at most \(Shapes.maximumRank) axes", found: "\(dims.count)")
        }
        return dims.map(Int.init)
    }

    /// Elements in a field of their type.
    private func typed(
        _ tensor: ONNXTensorProto, _ type: ElementType, _ shape: [Int], _ place: ONNXError.Place
    ) throws(ONNXError) -> Constant {
        let count = elementCount(shape)
        func checked<Element>(_ elements: [Element]) throws(ONNXError) -> [Element] {
            guard elements.count == count else {
                throw ONNXError(
                    place, expected: "\(count) elements for the shape \(shape)", found: "\(elements.count)")
            }
            return elements
        }
        func halves() throws(ONNXError) -> [UInt16] {
            try checked(tensor.int32Data).map { UInt16(truncatingIfNeeded: $0) }
        }
        switch type {
        case .float: return .floats(Weight(NDArray(try checked(tensor.floatData), shape: shape)))
        case .double: return .floats(Weight(NDArray(try checked(tensor.doubleData).map(Float.init), shape: shape)))
        case .float16: return .floats(Weight(NDArray(try halves().map(Float.init(halfBits:)), shape: shape)))
        case .bfloat16: return .floats(Weight(NDArray(try halves().map(Float.init(brainBits:)), shape: shape)))
        case .int64: return .integers(try checked(tensor.int64Data).map(Int.init), shape: shape)
        case .int32, .bool: return .integers(try checked(tensor.int32Data).map(Int.init), shape: shape)
        }
    }

    /// The bytes in a file beside the model's, which must lie in its folder.
    private func externalData(
        _ tensor: ONNXTensorProto, count: Int, _ place: ONNXError.Place
    ) throws(ONNXError) -> Data {
        let entries = Dictionary(
            tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let location = entries["location"] ?? ""
        guard let folder else {
            throw ONNXError(
                place, expected: "its elements in the model's bytes", found: "external data \"\(location)\"")
        }
        let root = folder.resolvingSymlinksInPath().standardizedFileURL
        let url = root.appending(path: location).resolvingSymlinksInPath().standardizedFileURL
        // Symbolic links are followed before the comparison, so that none leads out.
        guard !location.isEmpty, !location.hasPrefix("/"),
            url.pathComponents.starts(with: root.pathComponents), url.pathComponents.count > root.pathComponents.count
        else {
            throw ONNXError(place, expected: "external data in the model's folder", found: "\"\(location)\"")
        }
        func number(_ key: String, or fallback: Int) throws(ONNXError) -> Int {
            guard let text = entries[key] else { return fallback }
            guard let value = Int(text), value >= 0 else {
                throw ONNXError(
                    place, expected: "a number of bytes as the external data's \(key)", found: "\"\(text)\"")
            }
            return value
        }
        let offset = try number("offset", or: 0)
        let length = try number("length", or: count)
        guard length == count else {
            throw ONNXError(place, expected: "\(count) bytes of external data", found: "\(length)")
        }
        let file: MappedFile
        do throws(FileError) {
            file = try MappedFile(path: url.path)
        } catch {
            throw ONNXError(place, expected: error.expected, found: "\(error.found) in \"\(location)\"")
        }
        guard offset <= file.count, count <= file.count - offset else {
            throw ONNXError(
                place, expected: "\(count) bytes from byte \(offset) of \"\(location)\"", found: "\(file.count) bytes")
        }
        return file.data(offset..<offset + count)
    }
}

extension Data {
    /// The little-endian numbers at every `MemoryLayout<Element>.size` bytes.
    private func numbers<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
        withUnsafeBytes { bytes in
            (0..<bytes.count / MemoryLayout<Element>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: type)
            }
        }
    }

    fileprivate func integers(_ type: ElementType) -> [Int] {
        switch type {
        case .int64: numbers(Int64.self).map(Int.init)
        case .int32: numbers(Int32.self).map(Int.init)
        case .bool, .float, .float16, .double, .bfloat16: map { $0 == 0 ? 0 : 1 }
        }
    }

    fileprivate func floats(_ type: ElementType, shape: [Int]) -> NDArray {
        switch type {
        case .double: NDArray(numbers(Double.self).map(Float.init), shape: shape)
        case .float16: NDArray(numbers(UInt16.self).map(Float.init(halfBits:)), shape: shape)
        case .bfloat16: NDArray(numbers(UInt16.self).map(Float.init(brainBits:)), shape: shape)
        case .float, .int32, .int64, .bool:
            NDArray(shape: shape) { out in
                _ = copyBytes(to: UnsafeMutableRawBufferPointer(start: out, count: count))
            }
        }
    }
}
