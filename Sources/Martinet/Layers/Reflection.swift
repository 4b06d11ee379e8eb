/// The parameters, buffers and modules in a module's stored properties.
enum ModuleMember {
    case module(any Module)
    case parameter(Parameter)
    case buffer(Buffer)
    case mode(TrainingMode)
}

extension Module {
    /// All that this module's stored properties hold, and what the modules among it hold, depth first, with dotted names.
    var members: [(name: String, value: ModuleMember)] {
        directMembers.flatMap { name, value -> [(name: String, value: ModuleMember)] in
            guard case .module(let module) = value else { return [(name, value)] }
            return [(name, value)] + module.members.map { (name + "." + $0.name, $0.value) }
        }
    }

    /// The modules that this one holds itself, by name.
    var children: [(name: String, module: any Module)] {
        directMembers.compactMap { name, value in
            if case .module(let module) = value { (name, module) } else { nil }
        }
    }

    /// Those in this module's own stored properties, its superclasses' first.
    var directMembers: [(name: String, value: ModuleMember)] {
        var mirrors = [Mirror(reflecting: self)]
        while let parent = mirrors.last?.superclassMirror { mirrors.append(parent) }
        return mirrors.reversed().flatMap { mirror in
            mirror.children.flatMap { child in
                child.label.map { findMembers(in: child.value, name: parameterName($0)) } ?? []
            }
        }
    }
}

private func findMembers(in value: Any, name: String) -> [(name: String, value: ModuleMember)] {
    switch value {
    case let parameter as Parameter: return [(name, .parameter(parameter))]
    case let buffer as Buffer: return [(name, .buffer(buffer))]
    case let mode as TrainingMode: return [(name, .mode(mode))]
    case let module as any Module: return [(name, .module(module))]
    case let modules as [any Module]:
        return modules.enumerated().map { ("\(name).\($0)", .module($1)) }
    case let parameters as [Parameter]:
        return parameters.enumerated().map { ("\(name).\($0)", .parameter($1)) }
    case let modules as [String: any Module]:
        return modules.sorted { $0.key < $1.key }.map { ("\(name).\($0.key)", .module($0.value)) }
    case let nested as [[any Module]]:
        return nested.enumerated().flatMap { outer, modules in
            modules.enumerated().map { ("\(name).\(outer).\($0)", .module($1)) }
        }
    default: return []
    }
}

/// A property's name as PyTorch spells it: `runningMean` is `running_mean`.
private func parameterName(_ label: String) -> String {
    let property = label.hasPrefix("$__lazy_storage_$_") ? String(label.dropFirst("$__lazy_storage_$_".count)) : label
    return property.reduce(into: "") { name, character in
        if character.isUppercase, !name.isEmpty { name += "_" }
        name += character.lowercased()
    }
}
