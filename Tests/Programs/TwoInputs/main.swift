// A network with two inputs, which says which of two points is further from the origin.
import Martinet

struct Pair: Collatable {
    let left, right: Tensor

    static func collate(_ samples: [Pair]) -> Pair {
        Pair(left: .collate(samples.map(\.left)), right: .collate(samples.map(\.right)))
    }
}

struct Pairs: Dataset {
    let left = Tensor.uniform([600, 2], in: -1..<1), right = Tensor.uniform([600, 2], in: -1..<1)
    var count: Int { left.shape[0] }

    func sample(_ index: Int, using generator: RandomGenerator) -> (input: Pair, target: Int) {
        let (a, b) = (left[index], right[index])
        return (Pair(left: a, right: b), square(a).sum().scalar > square(b).sum().scalar ? 0 : 1)
    }
}

final class Comparison: Module {
    let tower = Sequential {
        Dense(2, 32, activation: .relu)
        Dense(32, 16, activation: .relu)
    }
    let head = Dense(16, 2)

    func callAsFunction(_ pair: Pair) -> Tensor { head(tower(pair.left) - tower(pair.right)) }
}

manualSeed(1)
let (train, test) = (Pairs(), Pairs())
let model = Comparison()
try model.fit(train, epochs: 40, batchSize: 20, validation: test, optimizer: Adam(model, learningRate: 0.01))
print("accuracy: \(evaluate(model, on: test).accuracy)")
