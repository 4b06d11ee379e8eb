import Testing

@testable import MartinetCore

@Suite struct PreparedConvolutionTests {
    /// Every algorithm with a prepared weight gives what it gives with one that is packed for the call.
    @Test func givesWhatAPlainConvolutionGives() {
        let generator = RandomGenerator(seed: 17)
        for geometry in ConvolutionCases.few {
            let weight = NDArray.normal(geometry.weightShape, generator: generator)
            let bias = NDArray.normal([geometry.outputChannels], generator: generator)
            let (v, h) = (geometry.vertical, geometry.horizontal)
            let prepared = PreparedConvolution(
                weight: weight, bias: bias, stride: (v.stride, h.stride),
                padding: .explicit(
                    top: v.paddingBefore, bottom: v.paddingAfter, left: h.paddingBefore, right: h.paddingAfter),
                dilation: (v.dilation, h.dilation), groups: geometry.groups, relu: true)
            for batch in [geometry.batch, 3] {
                let shape = [batch] + geometry.inputShape.dropFirst()
                let input = NDArray.normal(shape, generator: generator)
                let planned = prepared.planned(forInputShape: shape)
                let addend = NDArray.normal(planned.plan.geometry.outputShape, generator: generator)
                let expected = input.convolved(
                    with: weight, bias: bias, adding: addend, geometry: planned.plan.geometry, relu: true,
                    plan: ConvolutionPlan(planned.plan.geometry, .forward, algorithm: .columns)
                ).elements.map(Double.init)
                for algorithm in ConvolutionAlgorithm.allCases
                where algorithm.canCompute(planned.plan.geometry, .forward) {
                    let planned = prepared.planned(forInputShape: shape, algorithm: algorithm)
                    let found = planned(input, adding: addend)
                    #expect(relativeError(found.elements, expected) < 1e-5, "\(planned.plan)")
                }
                #expect(relativeError(planned(input, adding: addend).elements, expected) < 1e-5, "\(planned.plan)")
            }
        }
    }

    @Test func mistakesStop() async {
        await #expect(processExitsWith: .failure) {
            _ = PreparedConvolution(weight: .ones([3, 3, 4, 8]), bias: .ones([4]))
        }
        await #expect(processExitsWith: .failure) {
            let planned = PreparedConvolution(weight: .ones([3, 3, 4, 8])).planned(forInputShape: [1, 5, 5, 4])
            _ = planned(.ones([2, 5, 5, 4]))
        }
    }
}
