extension WeightConvention {
    /// Keras's: axes ordered as in Martinet; `conv2_block1_1_conv/kernel`, as the layers of Keras's ResNets are called, for
    /// `layer1.0.conv1.weight`, and for other layers their own name: `head/kernel` for `head.weight`. A SeparableConv2D's
    /// kernels are `depthwise.weight` and `pointwise.weight` of the layer, and its bias is `pointwise.bias`.
    ///
    /// Layers that were not named, as `conv2d_5`, are matched by their order where their names match nothing and all shapes fit.
    public static let keras = WeightConvention(
        name: "keras", flattensChannelsFirst: false, separatesDepthwise: true, hasAutomaticNames: true,
        axes: { _ in nil }, translate: KerasNames.martinetNames)
}

/// Keras's names of layers and variables.
enum KerasNames {
    private static let variables = [
        "kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias", "moving_mean": "running_mean",
        "moving_variance": "running_var", "embeddings": "weight", "alpha": "weight", "depthwise_kernel": "weight",
    ]

    /// Martinet's names for a file's, as "layer/variable".
    static func martinetNames(_ names: [String]) -> [String] {
        // Such a layer has two kernels, and the bias belongs to the second.
        let separable = Set(names.compactMap { $0.hasSuffix("/pointwise_kernel") ? layer(of: $0) : nil })
        return names.map { name in
            guard let layer = layer(of: name) else { return name }
            let variable = name.dropFirst(layer.count + 1)
            if separable.contains(layer) {
                switch variable {
                case "depthwise_kernel": return "\(module(of: layer)).depthwise.weight"
                case "pointwise_kernel": return "\(module(of: layer)).pointwise.weight"
                case "bias": return "\(module(of: layer)).pointwise.bias"
                default: return name
                }
            }
            return variables[String(variable)].map { "\(module(of: layer)).\($0)" } ?? name
        }
    }

    /// The layer in "layer/variable"; nil for other names.
    private static func layer(of name: String) -> Substring? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 ? parts[0] : nil
    }

    /// Where the zoo's Keras ResNets have Keras's layer of that name.
    private static func module(of layer: Substring) -> String {
        let parts = layer.split(separator: "_")
        func number(_ part: Substring, after prefix: String) -> Int? {
            part.hasPrefix(prefix) ? Int(part.dropFirst(prefix.count)) : nil
        }
        switch parts.count {
        case 1 where layer == "predictions": return "fc"
        case 2 where layer == "conv1_conv": return "conv1"
        case 2 where layer == "conv1_bn": return "bn1"
        case 4:
            guard let stage = number(parts[0], after: "conv"), let block = number(parts[1], after: "block"),
                (1...1000).contains(stage), (1...1_000_000).contains(block), let place = Int(parts[2]),
                ["conv", "bn"].contains(parts[3])
            else { return String(layer) }
            let inner = place == 0 ? "downsample.\(parts[3] == "conv" ? 0 : 1)" : "\(parts[3])\(place)"
            return "layer\(stage - 1).\(block - 1).\(inner)"
        default: return String(layer)
        }
    }

    /// The classes of layers with weights, as Keras names layers after them.
    private static let classes: Set = [
        "conv1d", "conv2d", "conv3d", "conv1d_transpose", "conv2d_transpose", "conv3d_transpose", "depthwise_conv1d",
        "depthwise_conv2d", "separable_conv1d", "separable_conv2d", "dense", "einsum_dense", "embedding",
        "batch_normalization", "layer_normalization", "group_normalization", "rms_normalization", "p_re_lu",
    ]

    /// The class and the number in a name that Keras has given by itself, as "conv2d_5"; nil for other names.
    static func automatic(_ layer: String) -> (prefix: String, number: Int)? {
        if classes.contains(layer) { return (layer, 0) }
        guard let bar = layer.lastIndex(of: "_"), let number = Int(layer[layer.index(after: bar)...]), number > 0,
            classes.contains(String(layer[..<bar]))
        else { return nil }
        return (String(layer[..<bar]), number)
    }

    /// As Keras spells a class in the names of groups: "depthwise_conv2d" for DepthwiseConv2D.
    static func snakeCase(_ name: String) -> String {
        let letters = name.filter { $0.isLetter || $0.isNumber || $0 == "_" }.map { $0 }
        var result = ""
        for (place, letter) in letters.enumerated() {
            let startsWord =
                letter.isUppercase && place > 0
                && (letters[place - 1].isLowercase || (place + 1 < letters.count && letters[place + 1].isLowercase))
            if startsWord, result.last != "_" { result += "_" }
            result += letter.lowercased()
        }
        return result
    }

    /// The names of a layer's variables in the order in which they are stored, and what was assumed of it; nil where its class
    /// is not known.
    ///
    /// - Parameters:
    ///   - type: the layer's class, in snake case.
    ///   - ranks: the variables' numbers of axes.
    ///   - hasScale: whether a normalization has a gamma, if that is known.
    ///   - hasCenter: whether it has a beta, if that is known.
    static func variables(
        of type: String, ranks: [Int], hasScale: Bool?, hasCenter: Bool?
    ) -> (names: [String], assumption: String?)? {
        switch type {
        case "batch_normalization":
            let statistics = ["moving_mean", "moving_variance"]
            switch ranks.count {
            case 4: return (["gamma", "beta"] + statistics, nil)
            case 3:
                if hasScale == true { return (["gamma"] + statistics, nil) }
                let assumption = hasScale == nil ? "three arrays are taken as of scale=False" : nil
                return (["beta"] + statistics, assumption)
            case 2: return (statistics, nil)
            default: return nil
            }
        case "layer_normalization", "group_normalization":
            if ranks.count == 2 { return (["gamma", "beta"], nil) }
            guard ranks.count == 1 else { return nil }
            if hasScale == false { return (["beta"], nil) }
            return (["gamma"], hasScale == nil ? "a single array is taken as of center=False" : nil)
        case "separable_conv1d", "separable_conv2d":
            return (Array(["depthwise_kernel", "pointwise_kernel", "bias"].prefix(ranks.count)), nil)
        case "embedding": return (["embeddings"], nil)
        case "p_re_lu": return (["alpha"], nil)
        default: return variables(ranks: ranks).map { ($0, nil) }
        }
    }

    /// The names of variables of a layer of an unknown class, by their numbers of axes.
    private static func variables(ranks: [Int]) -> [String]? {
        switch ranks {
        case [1, 1, 1, 1]: ["gamma", "beta", "moving_mean", "moving_variance"]
        case [1, 1]: ["gamma", "beta"]
        case _ where ranks.first ?? 0 >= 2 && ranks.count == 3 && ranks[1] == ranks[0] && ranks[2] <= 2:
            ["kernel", "recurrent_kernel", "bias"]
        case _ where ranks.first ?? 0 >= 2 && ranks.dropFirst().allSatisfy { $0 == 1 } && ranks.count <= 2:
            ["kernel", "bias"]
        default: nil
        }
    }
}
