import MartinetCore

/// The convolution and its gradients as plain loops in double precision.
struct ReferenceConvolution {
    let geometry: ConvolutionGeometry

    /// Calls `body` with the positions in the output, the input and the weight of every product.
    private func forEachProduct(_ body: (_ output: Int, _ input: Int, _ weight: Int) -> Void) {
        let g = geometry
        let (v, h) = (g.vertical, g.horizontal)
        for n in 0..<g.batch {
            for oy in 0..<v.output {
                for ky in 0..<v.kernel {
                    let y = oy * v.stride + ky * v.dilation - v.paddingBefore
                    guard y >= 0, y < v.input else { continue }
                    for ox in 0..<h.output {
                        for kx in 0..<h.kernel {
                            let x = ox * h.stride + kx * h.dilation - h.paddingBefore
                            guard x >= 0, x < h.input else { continue }
                            let output = ((n * v.output + oy) * h.output + ox) * g.outputChannels
                            let input = ((n * v.input + y) * h.input + x) * g.inputChannels
                            let weight = (ky * h.kernel + kx) * g.groupInputChannels * g.outputChannels
                            for o in 0..<g.outputChannels {
                                let first = o / g.groupOutputChannels * g.groupInputChannels
                                for c in 0..<g.groupInputChannels {
                                    body(output + o, input + first + c, weight + c * g.outputChannels + o)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    func forward(_ input: [Float], _ weight: [Float], bias: [Float]?) -> [Double] {
        var result = [Double](repeating: 0, count: elementCount(geometry.outputShape))
        if let bias {
            for i in result.indices { result[i] = Double(bias[i % bias.count]) }
        }
        accumulate(&result, input, weight) { result, input, weight, o, i, w in
            result[o] += Double(input[i]) * Double(weight[w])
        }
        return result
    }

    func inputGradient(_ outputGradient: [Float], _ weight: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: elementCount(geometry.inputShape))
        accumulate(&result, outputGradient, weight) { result, gradient, weight, o, i, w in
            result[i] += Double(gradient[o]) * Double(weight[w])
        }
        return result
    }

    func weightGradient(_ outputGradient: [Float], _ input: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: elementCount(geometry.weightShape))
        accumulate(&result, outputGradient, input) { result, gradient, input, o, i, w in
            result[w] += Double(gradient[o]) * Double(input[i])
        }
        return result
    }

    private func accumulate(
        _ result: inout [Double], _ a: [Float], _ b: [Float],
        _ body: (
            UnsafeMutableBufferPointer<Double>, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, Int, Int, Int
        )
            -> Void
    ) {
        result.withUnsafeMutableBufferPointer { result in
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    forEachProduct { body(result, a, b, $0, $1, $2) }
                }
            }
        }
    }
}

/// The norm of the difference over the norm of what is expected; infinite where something is not a number.
func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    var difference = 0.0
    var norm = 0.0
    for (f, e) in zip(found, expected) {
        difference += (Double(f) - e) * (Double(f) - e)
        norm += e * e
    }
    guard difference.isFinite else { return .infinity }
    return difference == 0 ? 0 : (difference / max(norm, .leastNormalMagnitude)).squareRoot()
}
