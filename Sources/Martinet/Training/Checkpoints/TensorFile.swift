import Foundation

/// Named arrays and some text in one file, in the safetensors format, which other frameworks read too.
struct TensorFile {
    var tensors: [String: NDArray] = [:]
    var metadata: [String: String] = [:]

    /// The file's bytes.
    var data: Data {
        get throws {
            var entries: [String: SafetensorsHeader.Entry] = [:]
            var offset = 0
            let sorted = tensors.sorted { $0.key < $1.key }
            for (name, array) in sorted {
                let end = offset + array.count * MemoryLayout<Float>.stride
                entries[name] = SafetensorsHeader.Entry(dtype: "F32", shape: array.shape, offsets: [offset, end])
                offset = end
            }
            var data = try SafetensorsHeader.encode(entries, metadata: metadata)
            data.reserveCapacity(data.count + offset)
            for (_, array) in sorted {
                array.withUnsafePointer {
                    data.append(Data(bytes: $0, count: array.count * MemoryLayout<Float>.stride))
                }
            }
            return data
        }
    }

    init() {}

    /// - Throws: a `Problem` that says what is wrong with the bytes.
    init(_ data: Data) throws(Problem) {
        do {
            self = try data.withUnsafeBytes { try TensorFile($0) }
        } catch let problem as SafetensorsHeader.Problem {
            throw Problem(problem.description)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem("\(error)")
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws {
        let header = try SafetensorsHeader(bytes)
        metadata = header.metadata
        for (name, entry) in header.entries {
            guard entry.dtype == "F32" else {
                throw Problem("\(name) has elements of type \(entry.dtype), expected F32")
            }
            let elements = bytes[header.start + entry.offsets[0]..<header.start + entry.offsets[1]]
            tensors[name] = NDArray(shape: entry.shape) {
                UnsafeMutableRawBufferPointer(start: $0, count: elements.count).copyBytes(from: elements)
            }
        }
    }

    /// An error in a file.
    struct Problem: Error {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
