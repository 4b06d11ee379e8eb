import MartinetBase

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
    default: return findMembersInside(value, name: name)
    }
}

/// What tuples, optionals, arrays and dictionaries of other kinds hold. A struct or enum that holds modules or parameters is a
/// mistake: they would be passed over in silence.
private func findMembersInside(_ value: Any, name: String) -> [(name: String, value: ModuleMember)] {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
        return mirror.children.first.map { findMembers(in: $0.value, name: name) } ?? []
    case .tuple:
        return mirror.children.enumerated().flatMap { index, child in
            let label = child.label.flatMap { $0.hasPrefix(".") ? nil : $0 }
            return findMembers(in: child.value, name: "\(name).\(label.map(parameterName) ?? String(index))")
        }
    case .collection:
        // Numbers and the like, which there may be many of, are known by the first.
        guard let first = mirror.children.first, mayHoldMembers(first.value) else { return [] }
        return mirror.children.enumerated().flatMap { findMembers(in: $1.value, name: "\(name).\($0)") }
    case .dictionary:
        guard let first = mirror.children.first, mayHoldMembers(first.value) else { return [] }
        let pairs = mirror.children.map { Mirror(reflecting: $0.value).children.map(\.value) }
        return pairs.sorted { "\($0[0])" < "\($1[0])" }.flatMap { findMembers(in: $0[1], name: "\(name).\($0[0])") }
    case .struct, .enum:
        let held = mirror.children.contains { $0.value is Parameter || $0.value is any Module }
        require(
            !held,
            "Module: the property \(name) is a \(type(of: value)), whose modules and parameters would be passed over; hold"
                + " them in a module, an array, a dictionary, a tuple or an optional")
        return []
    default: return []
    }
}

/// Whether an element of a collection is of a kind that can hold modules.
private func mayHoldMembers(_ value: Any) -> Bool {
    switch Mirror(reflecting: value).displayStyle {
    case .class, .optional, .tuple, .collection, .dictionary: true
    default: false
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
