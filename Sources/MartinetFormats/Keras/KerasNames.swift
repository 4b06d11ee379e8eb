extension WeightConvention {
    /// Keras's: axes ordered as in Martinet; `conv2_block1_1_conv/kernel`, as the layers of Keras's ResNets are called, for
    /// `layer1.0.conv1.weight`, and for other layers their own name: `head/kernel` for `head.weight`.
    public static let keras = WeightConvention(name: "keras", axes: { _ in nil }, rename: martinetName)

    private static let variables = [
        "kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias", "moving_mean": "running_mean",
        "moving_variance": "running_var",
    ]

    /// Martinet's name for "layer/variable".
    private static func martinetName(_ name: String) -> String {
        let parts = name.split(separator: "/")
        guard parts.count == 2, let variable = variables[String(parts[1])] else { return name }
        return "\(module(of: parts[0])).\(variable)"
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
                let place = Int(parts[2]), ["conv", "bn"].contains(parts[3])
            else { return String(layer) }
            let inner = place == 0 ? "downsample.\(parts[3] == "conv" ? 0 : 1)" : "\(parts[3])\(place)"
            return "layer\(stage - 1).\(block - 1).\(inner)"
        default: return String(layer)
        }
    }
}
