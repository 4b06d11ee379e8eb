import MartinetCore

/// Max and average pooling as plain loops over lists of elements, from the definition.
struct ReferencePooling {
    /// A window along one axis: the positions inside the image, each with its place in the window, and what an average
    /// divides by.
    struct Window {
        var inside: [Int]
        var count: Int
    }

    let batch, channels: Int
    let height, width: Int
    let vertical, horizontal: [Window]

    static func sliding(
        input: Int, output: Int, kernel: Int, stride: Int, before: Int, after: Int, dilation: Int, countsPadding: Bool
    ) -> [Window] {
        (0..<output).map { window in
            let positions = (0..<kernel).map { window * stride - before + $0 * dilation }
            let inside = positions.filter { $0 >= 0 && $0 < input }
            return Window(
                inside: inside, count: countsPadding ? positions.filter { $0 < input + after }.count : inside.count)
        }
    }

    static func adaptive(input: Int, output: Int) -> [Window] {
        (0..<output).map { window in
            let start = Int((Double(window * input) / Double(output)).rounded(.down))
            let end = Int((Double((window + 1) * input) / Double(output)).rounded(.up))
            return Window(inside: Array(start..<end), count: end - start)
        }
    }

    /// Calls `body` with the position of each output element, those of its input elements, and its divisor.
    private func forEachWindow(_ body: (_ output: Int, _ inputs: [Int], _ count: Int) -> Void) {
        var output = 0
        for n in 0..<batch {
            for v in vertical {
                for h in horizontal {
                    for c in 0..<channels {
                        let inputs = v.inside.flatMap { y in
                            h.inside.map { x in ((n * height + y) * width + x) * channels + c }
                        }
                        body(output, inputs, v.count * h.count)
                        output += 1
                    }
                }
            }
        }
    }

    private var outputs: Int { batch * vertical.count * horizontal.count * channels }

    func maximum(_ x: [Float]) -> [Double] {
        var result = [Double](repeating: -.infinity, count: outputs)
        forEachWindow { o, inputs, _ in result[o] = inputs.map { Double(x[$0]) }.max() ?? -.infinity }
        return result
    }

    func maximumGradient(_ x: [Float], _ gradient: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: x.count)
        forEachWindow { o, inputs, _ in
            // The first of equal elements.
            var best: Int?
            for i in inputs where best.map({ x[i] > x[$0] }) ?? true { best = i }
            if let best { result[best] += Double(gradient[o]) }
        }
        return result
    }

    func average(_ x: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: outputs)
        forEachWindow { o, inputs, count in
            result[o] = inputs.reduce(0) { $0 + Double(x[$1]) } / Double(max(1, count))
        }
        return result
    }

    func averageGradient(inputs count: Int, _ gradient: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: count)
        forEachWindow { o, inputs, count in
            for i in inputs { result[i] += Double(gradient[o]) / Double(count) }
        }
        return result
    }
}
