/// The tree of a module's parts: printed as PyTorch prints a module, or written as JSON.
///
/// ```swift
/// print(model)                                                // model.outline as text
/// let json = try JSONEncoder().encode(model.outline)
/// ```
public struct ModuleOutline: Codable, Sendable, Hashable, CustomStringConvertible {
    /// A parameter or buffer that a module holds itself.
    public struct Entry: Codable, Sendable, Hashable {
        public let name: String
        /// nil while its layer has seen no input that would give it one.
        public let shape: [Int]?
    }

    /// The module's name within the one that holds it; "" for the outermost.
    public let name: String
    /// As "Conv2D".
    public let type: String
    /// The sizes and settings that tell it from others of its type: its `details`.
    public let details: String
    /// The parameters that it holds itself.
    public let parameters: [Entry]
    /// The buffers that it holds itself.
    public let buffers: [Entry]
    /// The modules that it holds itself.
    public let modules: [ModuleOutline]

    /// Each sub-module on a line with its name, indented by its depth.
    public var description: String { lines().joined(separator: "\n") }

    private func lines() -> [String] {
        guard !modules.isEmpty else { return ["\(type)(\(details))"] }
        let inner = modules.flatMap { module in
            let lines = module.lines()
            return ["  (\(module.name)): \(lines[0])"] + lines.dropFirst().map { "  " + $0 }
        }
        return ["\(type)(\(details)"] + inner + [")"]
    }
}

extension Module {
    /// The tree of this module's parts.
    public var outline: ModuleOutline { outline(named: "") }

    /// The module in PyTorch's nested form: each sub-module on a line with its name, indented by its depth.
    public var description: String { outline.description }

    private func outline(named name: String) -> ModuleOutline {
        var (parameters, buffers, modules) = ([ModuleOutline.Entry](), [ModuleOutline.Entry](), [ModuleOutline]())
        for member in directMembers {
            switch member.value {
            case .parameter(let parameter):
                let shape = parameter.isInitialized ? parameter.shape : nil
                parameters.append(ModuleOutline.Entry(name: member.name, shape: shape))
            case .buffer(let buffer):
                let shape = buffer.isInitialized ? buffer.value.shape : nil
                buffers.append(ModuleOutline.Entry(name: member.name, shape: shape))
            case .module(let module): modules.append(module.outline(named: member.name))
            case .mode: continue
            }
        }
        return ModuleOutline(
            name: name, type: String(describing: type(of: self)), details: details, parameters: parameters,
            buffers: buffers, modules: modules)
    }
}
