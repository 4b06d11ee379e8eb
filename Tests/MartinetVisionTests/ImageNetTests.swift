import Martinet
import Testing

@testable import MartinetVision

@Suite struct ImageNetTests {
    @Test func knowsAllClasses() {
        let classes = ImageNet.classes
        #expect(classes.count == 1000)
        #expect(classes[0] == ImageNet.Class(wordNetID: "n01440764", name: "tench"))
        #expect(classes[817] == ImageNet.Class(wordNetID: "n04285008", name: "sports car"))
        #expect(classes[999] == ImageNet.Class(wordNetID: "n15075141", name: "toilet tissue"))
        #expect(classes.allSatisfy { $0.wordNetID.count == 9 && $0.wordNetID.dropFirst().allSatisfy(\.isNumber) })
        // The classes are in WordNet's order, and torchvision's names differ.
        #expect(zip(classes, classes.dropFirst()).allSatisfy { $0.wordNetID < $1.wordNetID })
        #expect(Set(classes.map(\.name)).count == 1000)
        #expect(classes[817].kerasName == "sports_car" && classes[134].kerasName == classes[517].kerasName)
    }

    @Test func decodesPredictionsBestFirst() {
        var values = [Float](repeating: 0, count: 2000)
        (values[817], values[3], values[1134], values[1517]) = (0.75, 0.25, 0.5, 0.5)
        let found = ImageNet.decodePredictions(Tensor(array: NDArray(values, shape: [2, 1000])), top: 2)
        #expect(found.count == 2)
        #expect(found[0].map(\.name) == ["sports_car", "tiger_shark"] && found[0].map(\.probability) == [0.75, 0.25])
        #expect(found[1].map(\.wordNetID) == ["n02012849", "n03126707"])
        #expect(topIndices([1, 3, 2, 3][1...], 2) == [0, 2])
    }
}
