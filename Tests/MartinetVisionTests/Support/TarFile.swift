/// An entry of a tar archive.
struct TarEntry {
    var name: String
    var contents: [UInt8]
    var type = UInt8(ascii: "0")
    /// The size that the header claims, if it is not the contents'.
    var claimedSize: Int?
}

/// A tar archive in the ustar format.
func tar(_ entries: [TarEntry]) -> [UInt8] {
    entries.flatMap { entry -> [UInt8] in
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(entry.name, at: 0)
        put("0000644", at: 100)
        put(octal(entry.claimedSize ?? entry.contents.count, digits: 11), at: 124)
        header[156] = entry.type
        put("ustar", at: 257)
        put("        ", at: 148)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
        header[154] = 0
        let padding = [UInt8](repeating: 0, count: (512 - entry.contents.count % 512) % 512)
        return header + entry.contents + padding
    } + [UInt8](repeating: 0, count: 1024)
}
