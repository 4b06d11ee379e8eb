/// An error in a file (images, data sets, weights), or in getting it.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Kind: String, Sendable {
        case missing = "not found"
        case unreadable = "cannot be read"
        case unwritable = "cannot be written"
        case truncated = "is truncated"
        case corrupt = "is corrupt"
        case trailingData = "has more data than it should"
        case tooLarge = "is too large"
        case unsupported = "is of a kind that cannot be read"
        case wrongMagic = "has the wrong magic number"
        case wrongShape = "has the wrong shape"
        case labelOutOfRange = "has a label out of range"
        case wrongChecksum = "has the wrong checksum"
        case downloadFailed = "could not be downloaded"
    }

    public let kind: Kind

    /// The path of the file, or the address it was to come from.
    public let file: String

    /// Where in the file, as far as that can be said.
    public let place: String?

    public let expected: String
    public let found: String

    public init(_ kind: Kind, file: String, place: String? = nil, expected: String, found: String) {
        self.kind = kind
        self.file = file
        self.place = place
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(file) \(kind.rawValue)\(place.map { " (\($0))" } ?? ""): expected \(expected), found \(found)"
    }
}
