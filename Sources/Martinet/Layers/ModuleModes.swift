/// Runs `body` with `module` in evaluation mode, and puts each of its parts back into the mode that it was in.
package func evaluating<Result>(_ module: any Module, _ body: () throws -> Result) rethrows -> Result {
    try keepingModes(of: module) {
        module.eval()
        return try body()
    }
}

/// Runs `body`, and puts each part of `module` back into the mode that it was in.
func keepingModes<Result>(of module: any Module, _ body: () throws -> Result) rethrows -> Result {
    let modes = module.members.compactMap { if case .mode(let mode) = $0.value { mode } else { nil } }
    let before = modes.map(\.state)
    defer { for (mode, state) in zip(modes, before) { mode.state = state } }
    return try body()
}
