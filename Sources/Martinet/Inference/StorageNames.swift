extension Module {
    /// The names of the parameters and buffers that have a value, by where their elements are: how a trace's weights are
    /// recognised.
    package var namesByStorage: [ObjectIdentifier: String] {
        let parameters = namedParameters.filter(\.parameter.isInitialized).map { ($0.name, $0.parameter.value) }
        let buffers = namedBuffers.filter(\.buffer.isInitialized).map { ($0.name, $0.buffer.value) }
        return Dictionary(
            (parameters + buffers).map { (ObjectIdentifier($1.array.storage), $0) },
            uniquingKeysWith: { first, _ in first })
    }
}
