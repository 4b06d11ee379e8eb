import CLibFuzzer
import Foundation

// martinet-fuzz READER [ARGUMENTS OF LIBFUZZER]
guard CommandLine.arguments.count > 1, let reader = Reader.all.first(where: { $0.name == CommandLine.arguments[1] })
else {
    let names = Reader.all.map(\.name).joined(separator: ", ")
    FileHandle.standardError.write(
        Data("usage: martinet-fuzz READER [CORPUS] [-OPTION=VALUE]…; readers: \(names)\n".utf8))
    exit(2)
}
Fuzzing.reader = reader

var arguments = ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { strdup($0) } + [nil]
var count = Int32(arguments.count - 1)
let status = arguments.withUnsafeMutableBufferPointer { buffer in
    var pointer = buffer.baseAddress
    return LLVMFuzzerRunDriver(&count, &pointer) { data, size in
        do { try Fuzzing.reader?.read([UInt8](UnsafeBufferPointer(start: data, count: size))) } catch {}
        return 0
    }
}
exit(status)
