// Writes formulas of tensors and of numbers, and trains a small network to tell the points of two spirals apart; fails if
// the formulas come out wrong or the network does not learn to.

import Foundation
import Martinet

/// Points on two spirals, one turned by half a circle from the other, and which of the two each is on.
func twoSpirals(pointsEach: Int) -> (points: [[Float]], labels: [Int]) {
    var points: [[Float]] = []
    var labels: [Int] = []
    for spiral in 0..<2 {
        for index in 0..<pointsEach {
            let radius = Float(index + 1) / Float(pointsEach)
            let angle = 1.5 * .pi * radius + .pi * Float(spiral)
            points.append([radius * cos(angle), radius * sin(angle)])
            labels.append(spiral)
        }
    }
    return (points, labels)
}

guard arithmeticAgrees() else {
    print("the arithmetic of tensors and that of their elements differ")
    exit(EXIT_FAILURE)
}

manualSeed(1)
let spirals = twoSpirals(pointsEach: 50)
let points = Tensor(spirals.points)

let model = Sequential {
    Dense(2, 32, activation: .tanh)
    Dense(32, 32, activation: .tanh)
    Dense(32, 2)
}
print(model.summary(inputShape: [1, 2]))
let optimizer = Adam(model, learningRate: 0.01)

for step in 1...300 {
    let loss = crossEntropy(model(points), spirals.labels)
    loss.backward()
    optimizer.step()
    if step % 100 == 0 { print("step \(step): loss \(loss.scalar)") }
}

let predicted = withoutGradients { model(points).argmax(axis: 1) }
let correct = zip(predicted.values, spirals.labels).count { $0 == $1 }
print("\(correct) of \(spirals.labels.count) points on their spiral")
exit(correct >= 98 ? EXIT_SUCCESS : EXIT_FAILURE)
