import Testing

@testable import MartinetCore

@Suite struct PreparedConvolutionTests {
    /// Every algorithm with a prepared weight gives what it gives with one that is packed for the call.
    @Test func givesWhatAPlainConvolutionGives() {
        let generator = RandomGenerator(seed: 17)
        for geometry in ConvolutionCases.few {
            let weight = NDArray.normal(geometry.weightShape, generator: generator)
            let bias = NDArray.normal([geometry.outputChannels], generator: generator)
            let prepared = PreparedConvolution(weight: weight, bias: bias, geometry: geometry, relu: true)
            for batch in [geometry.batch, 3] {
                let shape = [batch] + geometry.inputShape.dropFirst()
                let input = NDArray.normal(shape, generator: generator)
                let planned = prepared.planned(batch: batch)
                let addend = NDArray.normal(planned.plan.geometry.outputShape, generator: generator)
                let expected = input.convolved(
                    with: weight, bias: bias, adding: addend, geometry: planned.plan.geometry, relu: true,
                    plan: ConvolutionPlan(planned.plan.geometry, .forward, algorithm: .columns)
                ).elements.map(Double.init)
                for algorithm in ConvolutionAlgorithm.allCases
                where algorithm.canCompute(planned.plan.geometry, .forward) {
                    let planned = prepared.planned(batch: batch, algorithm: algorithm)
                    let found = planned(input, adding: addend)
                    #expect(relativeError(found.elements, expected) < 1e-5, "\(planned.plan)")
                }
                #expect(relativeError(planned(input, adding: addend).elements, expected) < 1e-5, "\(planned.plan)")
            }
        }
    }

    @Test func mistakesStop() async {
        await #expect(processExitsWith: .failure) {
            let geometry = convolutionGeometry([1, 5, 5, 4], [3, 3, 4, 8])
            _ = PreparedConvolution(weight: .ones([3, 3, 4, 8]), bias: .ones([4]), geometry: geometry)
        }
        await #expect(processExitsWith: .failure) {
            let geometry = convolutionGeometry([1, 5, 5, 4], [3, 3, 4, 8])
            let planned = PreparedConvolution(weight: .ones([3, 3, 4, 8]), geometry: geometry).planned(batch: 1)
            _ = planned(.ones([2, 5, 5, 4]))
        }
    }
}
