import ArgumentParser
import Foundation
import MartinetFormats

/// The file with the published weights of a network, whose download is shown if it takes one.
///
/// - Parameters:
///   - model: the network's name.
///   - version: which of several; nil for the first.
///   - option: the option by which the user can name a file instead, for messages.
/// - Throws: `ValidationError` if no weights are known, `OutputError` if they cannot be had.
public func locatePublishedWeights(of model: String, version: String? = nil, option: String) throws -> URL {
    guard let published = PretrainedWeights(model, version: version) else {
        throw ValidationError("no published weights of \(model) are known; name a file with \(option)")
    }
    do {
        return try published.locate(progress: downloadBar())
    } catch {
        throw OutputError(
            description: """
                \(error)
                The weights of \(model) could not be had. Download \(published.address) elsewhere, and name the file \
                with \(option), or put it into the folder weights of the cache (MARTINET_CACHE).
                """)
    }
}
