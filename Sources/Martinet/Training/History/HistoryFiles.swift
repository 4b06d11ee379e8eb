import Foundation

/// Why a history could not be written or read.
public struct HistoryError: Error, CustomStringConvertible, Equatable {
    /// The file's path; nil for a text that is in no file.
    public let path: String?

    /// The reason, and the place in the file.
    public let reason: String

    public var description: String { (path.map { $0 + ": " } ?? "") + reason }
}

extension History {
    /// Everything as JSON, with the keys in alphabetical order.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Nothing in a history can fail to be encoded: numbers that JSON lacks are words.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }

    /// The epochs as CSV: a line of names, then a line for each epoch. An epoch's missing values are empty.
    public var csv: String {
        let keys = keys
        let rows = epochs.map { epoch in
            ([String(epoch.number)] + keys.map { epoch[$0].map { "\($0)" } ?? "" }).joined(separator: ",")
        }
        return ([(["epoch"] + keys.map(\.nameInFiles)).joined(separator: ",")] + rows).map { $0 + "\n" }.joined()
    }

    /// Writes the history to a file, all of it or nothing: as CSV if its name ends in `.csv`, else as JSON.
    public func write(to url: URL) throws(HistoryError) {
        let text = url.pathExtension.lowercased() == "csv" ? csv : json
        do {
            try Data(text.utf8).write(to: url, options: .atomic)
        } catch {
            throw HistoryError(path: url.path, reason: "cannot be written: \(error.localizedDescription)")
        }
    }

    /// Reads what `write(to:)` wrote: CSV if the file's name ends in `.csv`, which lacks how the training ended, else
    /// JSON.
    public init(contentsOf url: URL) throws(HistoryError) {
        let data: Data
        do {
            // Not Data(contentsOf:), which leaks a buffer where the file is empty.
            let file = try FileHandle(forReadingFrom: url)
            defer { try? file.close() }
            data = try file.readToEnd() ?? Data()
        } catch {
            throw HistoryError(path: url.path, reason: "cannot be read: \(error.localizedDescription)")
        }
        do throws(HistoryError) {
            self = url.pathExtension.lowercased() == "csv" ? try History(csv: data) : try History(json: data)
        } catch {
            throw HistoryError(path: url.path, reason: error.reason)
        }
    }

    init(json data: Data) throws(HistoryError) {
        do {
            self = try JSONDecoder().decode(History.self, from: data)
        } catch {
            throw HistoryError(path: nil, reason: "is not a history in JSON: \(explanation(of: error))")
        }
    }

    init(csv data: Data) throws(HistoryError) {
        guard let text = String(data: data, encoding: .utf8) else {
            throw HistoryError(path: nil, reason: "expected text in UTF-8")
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let names = (lines.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard names.first == "epoch", Set(names).count == names.count else {
            throw HistoryError(
                path: nil, reason: "line 1: expected the names of the columns, \"epoch\" first, each once")
        }
        self.init()
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            epochs.append(try Epoch(line, names: names, number: index + 1))
        }
    }
}

extension History.Epoch {
    /// - Parameters:
    ///   - line: of a CSV file.
    ///   - number: the line's.
    fileprivate init(_ line: Substring, names: [String], number lineNumber: Int) throws(HistoryError) {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == names.count else {
            throw HistoryError(
                path: nil, reason: "line \(lineNumber): expected \(names.count) fields, found \(fields.count)")
        }
        guard let number = Int(fields[0]) else {
            throw HistoryError(
                path: nil, reason: "line \(lineNumber): expected an epoch's number, found \"\(fields[0])\"")
        }
        self.init(number: number, values: [:])
        for (name, field) in zip(names, fields).dropFirst() where !field.isEmpty {
            guard let value = Double(field) else {
                throw HistoryError(
                    path: nil, reason: "line \(lineNumber), \(name): expected a number, found \"\(field)\"")
            }
            values[History.Key(nameInFiles: name)] = value
        }
    }
}

/// A decoder's complaint, with the place.
private func explanation(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return error.localizedDescription }
    let (text, path) =
        switch error {
        case .keyNotFound(let key, let context): ("\"\(key.stringValue)\" is missing", context.codingPath)
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (context.debugDescription, context.codingPath)
        @unknown default: (error.localizedDescription, [])
        }
    let place = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    return place.isEmpty ? text : "\(text) (at \(place))"
}
