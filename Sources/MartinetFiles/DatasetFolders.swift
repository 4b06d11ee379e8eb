import Foundation

/// Where the files of data sets lie on this machine.
package struct DatasetFolders: Sendable {
    /// The environment variables that matter; a parameter so that a test need not change those of its process.
    package var environment: [String: String]

    /// Where the system's packages put data sets.
    package var system: [String]

    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, system: [String] = ["/usr/share/datasets"]
    ) {
        self.environment = environment
        self.system = system
    }

    /// The folders that may hold the data set `name`, the preferred one first.
    package func candidates(for name: String) -> [String] {
        let folders = [variable("MARTINET_DATA")] + system + [cache]
        return folders.compactMap { $0 }.map { "\($0)/\(name)" }
    }

    /// `MARTINET_CACHE`, else `martinet` in the user's folder for caches; nil where there is none.
    package var cache: String? {
        if let cache = variable("MARTINET_CACHE") { return cache }
        // The XDG specification says to ignore relative paths.
        if let base = variable("XDG_CACHE_HOME"), base.hasPrefix("/") { return "\(base)/martinet" }
        return variable("HOME").map { "\($0)/.cache/martinet" }
    }

    /// The path of file `name` in `folder`, compressed or not; nil if it is not there.
    package static func find(_ name: String, in folder: String) -> String? {
        ["\(folder)/\(name).gz", "\(folder)/\(name)"].first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Makes a folder, and those above it that are missing.
    package static func make(_ folder: String) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError(
                .unwritable, file: folder, expected: "to make this folder", found: error.localizedDescription)
        }
    }

    private func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
